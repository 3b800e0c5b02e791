// What people decided about a node, as the root document keeps it: `drained` holds nothing
// new, `removing` until no vote depends on it, then `removed`, and its key is refused.

export type NodeState = 'active' | 'drained' | 'removing' | 'removed'
