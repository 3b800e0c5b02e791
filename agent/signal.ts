// A promise that somebody else keeps: what is waited for in one place is said in another, once; what is said again
// is not heard.

export type Signal<Value> = { readonly promise: Promise<Value>; readonly resolve: (value: Value) => void }

export function signal<Value>(): Signal<Value> {
  let resolve: (value: Value) => void = () => undefined
  const promise = new Promise<Value>((done) => (resolve = done))
  return { promise, resolve }
}
