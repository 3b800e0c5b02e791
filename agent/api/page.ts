// Lists in pages: a cursor is what the last answer gave as `nextCursor`, sent back as it is; it says where the page before
// ended, so that pages neither repeat nor skip what was there all the time.

import { ApiRefusal } from './problem-answer.ts'
import { integer, optional, text } from './shape.ts'

export function pageQuery(limits: { readonly usual: number; readonly most: number }) {
  return {
    cursor: optional(text({ minLength: 1, maxLength: 4000, description: 'nextCursor of the page before' })),
    limit: integer({ minimum: 1, maximum: limits.most, default: limits.usual }),
  }
}

export function cursorOf(place: string | null): string | null {
  return place === null ? null : Buffer.from(place).toString('base64url')
}

/** The place that a cursor names; throws ApiRefusal for what no answer gave. */
export function placeOf(cursor: string | undefined): string | null {
  if (cursor === undefined) return null
  const place = Buffer.from(cursor, 'base64url').toString()
  if (cursorOf(place) === cursor) return place
  throw badCursor(cursor)
}

export function badCursor(cursor: string): ApiRefusal {
  return new ApiRefusal({
    status: 400,
    title: 'Bad cursor',
    detail: `Cannot go on from cursor "${cursor.slice(0, 100)}": it is none of this list, expected the "nextCursor" of an answer`,
    remedy: 'Begin again without a cursor.',
  })
}

/** A page of a list that is at hand whole, in the order of its keys. */
export function pageOf<Item>(
  items: readonly Item[],
  query: { readonly cursor: string | undefined; readonly limit: number },
  keyOf: (item: Item) => string,
): { readonly page: readonly Item[]; readonly nextCursor: string | null } {
  const after = placeOf(query.cursor)
  const rest = after === null ? items : items.filter((item) => keyOf(item) > after)
  const page = rest.slice(0, query.limit)
  const last = page.at(-1)
  return { page, nextCursor: rest.length > page.length && last !== undefined ? cursorOf(keyOf(last)) : null }
}
