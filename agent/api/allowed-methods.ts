// Which methods a path has, from the routes themselves: so that a request with another one is told which would do,
// and a path that nobody knows is told apart from it.

type Route = { readonly method: string | readonly string[]; readonly url: string }

export class AllowedMethods {
  readonly #routes: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = []

  add({ method, url }: Route): void {
    // A parameter is one part of the path.
    const pattern = new RegExp(`^${url.replace(/:[a-z]+/g, '[^/]+')}$`)
    this.#routes.push({ pattern, methods: [method].flat() })
  }

  of(url: string): readonly string[] {
    const path = url.split('?', 1)[0] ?? ''
    const fitting = this.#routes.filter(({ pattern }) => pattern.test(path))
    return [...new Set(fitting.flatMap(({ methods }) => methods))]
  }
}
