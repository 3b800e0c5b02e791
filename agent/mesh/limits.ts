// The bounds of the mesh, each with its reason. A full queue is a refusal that the caller sees, never an array
// that grows.

export const meshLimits = {
  /** One frame on a stream: the largest change that the definitions are known to make is 2.7 MB. */
  frameBytesMax: 4 * 1024 * 1024,
  /** What may wait for one peer that reads slowly: a few of the largest frames. */
  sendQueueBytesMax: 16 * 1024 * 1024,
  /** One gossiped message reaches every node several times; what is larger belongs on a direct stream. */
  gossipBytesMax: 512 * 1024,
  /** What gossip may hold for one peer that reads slowly; beyond it the connection is made anew. */
  gossipQueueBytesMax: 8 * 1024 * 1024,
  /** Peers remembered; meshes of 3 to 50 nodes are what this is built for. */
  peersMax: 256,
  /** Addresses remembered of one peer: a host with a few interfaces, in both families. */
  addressesPerPeerMax: 12,
  /** One address as text: the longest domain name and a port. */
  addressCharactersMax: 300,
  /** Connections at once: two for each pair at most, after a simultaneous start. */
  connectionsMax: 1000,
  /** Connections in the making at once, as all nodes of a cluster may start together on one host. */
  connectionsPendingMax: 256,
  /** New connections a second from one host, for the same reason. */
  connectionsPerSecondMax: 1000,
  /** Dials in the making at once. */
  dialsMax: 24,
  /** Places at which refusals are remembered, so that each is told once a minute. */
  refusalsRememberedMax: 1000,
} as const
