// Names and numbers that must not be mixed up carry a brand; each is made by one parser
// at the edge, or by the part that invents it.

declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

/** One agent's key, as libp2p writes it: it stays the same when the agent's address changes. */
export type NodeId = Branded<'NodeId'>
/** Random, made when a cluster is founded. */
export type ClusterId = Branded<'ClusterId'>
/** Random, made with a witness's store: a new disk is a new witness. */
export type StorageId = Branded<'StorageId'>
/** Random, drawn at each start of an agent's process. */
export type BootId = Branded<'BootId'>
/** `nodeId:bootNo:k`: one lease on being alive. */
export type SessionId = Branded<'SessionId'>
/** A category's name: that of its config file without the ending. */
export type Category = Branded<'Category'>
/** A job's full name, `category.job`. */
export type JobName = Branded<'JobName'>
/** The name of one request to a register: repeated, it is answered alike and done once. */
export type OpId = Branded<'OpId'>

// The one place where plain text becomes an id: callers have checked it at their edge.
export const nodeId = (text: string): NodeId => text as NodeId
export const clusterId = (text: string): ClusterId => text as ClusterId
export const storageId = (text: string): StorageId => text as StorageId
export const bootId = (text: string): BootId => text as BootId
export const category = (text: string): Category => text as Category
export const jobName = (text: string): JobName => text as JobName
export const opId = (text: string): OpId => text as OpId

export function sessionId(parts: { nodeId: NodeId; bootNo: number; k: number }): SessionId {
  return `${parts.nodeId}:${parts.bootNo}:${parts.k}` as SessionId
}

export function sessionParts(session: SessionId): { nodeId: NodeId; bootNo: number; k: number } {
  const [node, bootNo, k] = session.split(':')
  return { nodeId: node as NodeId, bootNo: Number(bootNo), k: Number(k) }
}

/**
 * A name of a category or job: printable, no dot and no slash, so that `category.job.RUN.action` can be taken
 * apart and escaped. Returns what is wrong, or null.
 */
export function nameFault(text: string): string | null {
  if (text === '') return 'is empty, expected at least one character'
  if (text.length > 255) return `has ${text.length} characters, expected at most 255`
  if (text.includes('.') || text.includes('/')) return 'has a dot or a slash, expected a name without either'
  if (/[\p{Cc}\p{Cs}\p{Co}\p{Cn}\u2028\u2029]/u.test(text)) return 'has a character that cannot be printed'
  if (text !== text.trim()) return 'begins or ends with white space'
  return null
}
