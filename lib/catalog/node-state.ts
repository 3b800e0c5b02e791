// What people decided about a node, as the root document keeps it: `drained` holds nothing
// new, `leaving` until its runs are over too, as it says itself, `removing` until no vote depends
// on it, then `removed`, and its key is refused.

export type NodeState = 'active' | 'drained' | 'leaving' | 'removing' | 'removed'
