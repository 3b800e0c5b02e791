// Where the token is given and forgotten again. It is kept in
// memory; on this device only when the box is ticked.

import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import { forgetToken, isTokenWanted, keepToken, token } from '../live/token.ts'

export function LogIn(): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null)
  if (token.value !== null) {
    return (
      <button type="button" class="quiet" onClick={forgetToken}>
        Log out
      </button>
    )
  }
  return (
    <>
      <button
        type="button"
        class={isTokenWanted.value ? 'loud' : 'quiet'}
        onClick={() => dialog.current?.showModal()}
      >
        Log in
      </button>
      <dialog ref={dialog} aria-labelledby="log-in-title">
        <form
          onSubmit={(event) => {
            event.preventDefault()
            const form = new FormData(event.currentTarget)
            const text = form.get('token')
            if (typeof text === 'string' && text.trim() !== '')
              keepToken(text.trim(), { onThisDevice: form.get('keep') === 'on' })
          }}
        >
          <h2 id="log-in-title">Log in</h2>
          <p>
            Output, configuration and every change need a token: <code>hocket token create</code> makes one,
            and <code>hocket open</code> opens this page with it.
          </p>
          <label>
            Token
            <input name="token" type="password" autocomplete="off" required />
          </label>
          <label class="check">
            <input name="keep" type="checkbox" /> Keep it on this device
          </label>
          <div class="row">
            <button class="loud">Log in</button>
            <button type="button" class="quiet" onClick={() => dialog.current?.close()}>
              Cancel
            </button>
          </div>
        </form>
      </dialog>
    </>
  )
}
