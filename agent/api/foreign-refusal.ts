// A refusal in the shape of a neighbour's API, for programs that were written for it: they look for its words, and not
// for a problem+json.

export class ForeignRefusal extends Error {
  override readonly name = 'ForeignRefusal'
  readonly status: number
  readonly body: object

  constructor(status: number, body: object) {
    super('refused in the words of another API')
    this.status = status
    this.body = body
  }
}
