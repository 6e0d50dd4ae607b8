/** Every limit of the signaling endpoint, in one place. The defaults suit one public instance on a small machine. */
export interface SignalingOptions {
  /** Where the PeerServer protocol is served: the `path` option of a peerjs client. */
  path: string;
  /** The `key` option of a peerjs client. */
  key: string;
  /** Largest frame from a client. An offer with all its candidates is about 5 kB. */
  maxMessageBytes: number;
  /** Deepest nesting of a message. peerjs needs 4. */
  maxMessageDepth: number;
  /** Sustained rate of one client, in messages; one of more than 4 KiB counts as several. A faster client is read more slowly. */
  messagesPerSecond: number;
  /** How many messages a client may send at once: a host answers a whole room that comes back together. */
  messageBurst: number;
  /** How far beyond its burst a client may be before it is closed instead of slowed down. */
  maxMessageDebt: number;
  /** Bytes waiting for a client that does not read; beyond, it is closed. */
  maxUnsentBytes: number;
  /** Messages kept for one destination that is not here. */
  maxQueuedPerDestination: number;
  /** Messages of one sender kept for absent destinations. */
  maxQueuedPerSource: number;
  /** All messages kept for absent destinations. */
  maxQueued: number;
  /** Their bytes. */
  maxQueuedBytes: number;
  /** How long a message waits for its destination before its sender gets EXPIRE. */
  queueTimeoutMs: number;
  maxClients: number;
  /** Clients of one network address. A whole office may share one. */
  maxClientsPerAddress: number;
  maxIdLength: number;
  maxTokenLength: number;
  /** How often each client is pinged. One that has not answered by the next ping is gone. */
  pingIntervalMs: number;
  /** How soon the holder of an id must answer when somebody else asks for that id. */
  probeTimeoutMs: number;
  /** How long a closing socket may take before it is cut. */
  closeTimeoutMs: number;
  /** STUN servers that clients are told of, like `stun:host:3478`. */
  stunUrls: readonly string[];
  /** TURN servers likewise, like `turn:host:3478`, with credentials for a time. */
  turnUrls: readonly string[];
  /** What the TURN servers share with this endpoint (coturn: `static-auth-secret`). */
  turnSecret: string;
  /** How long credentials are good, at least. A relayed link ends with them and is made anew. */
  turnTtlSeconds: number;
  /** How soon a client may ask for them again; earlier it is not answered. */
  iceIntervalMs: number;
  /** Take a client's address from the last entry of X-Forwarded-For. Only behind a proxy that sets it. */
  trustProxy: boolean;
}

export const DEFAULT_SIGNALING_OPTIONS: Readonly<SignalingOptions> = {
  path: '/signal',
  key: 'peerjs',
  maxMessageBytes: 64 * 1024,
  maxMessageDepth: 16,
  messagesPerSecond: 100,
  messageBurst: 500,
  maxMessageDebt: 5_000,
  maxUnsentBytes: 1024 * 1024,
  maxQueuedPerDestination: 128,
  maxQueuedPerSource: 128,
  maxQueued: 10_000,
  maxQueuedBytes: 16 * 1024 * 1024,
  queueTimeoutMs: 5_000,
  maxClients: 10_000,
  maxClientsPerAddress: 256,
  maxIdLength: 64,
  maxTokenLength: 64,
  pingIntervalMs: 20_000,
  probeTimeoutMs: 2_000,
  closeTimeoutMs: 2_000,
  stunUrls: [],
  turnUrls: [],
  turnSecret: '',
  turnTtlSeconds: 12 * 3600,
  iceIntervalMs: 10_000,
  trustProxy: false,
};
