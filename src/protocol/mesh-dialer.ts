/** What sync asks of the transport to get a link to another guest. */
import type { Connection } from './connection.ts';

/** One step of introducing two pages: what a browser says of itself, carried through the host. */
export interface MeshSignal {
  readonly kind: 'offer' | 'answer' | 'candidate' | 'end';
  /** SDP, or the text of an ICE candidate; empty for `end`. */
  readonly data: string;
}

export interface MeshTarget {
  /** Public key of the room, base64url. */
  readonly roomKey: string;
  readonly epoch: number;
  /** Numbers of the two pages. */
  readonly self: number;
  readonly other: number;
  /** Public key of the other page's person, base64url: what the other end has to prove. */
  readonly otherKey: string;
  readonly isInitiator: boolean;
}

export interface MeshAttempt {
  /** Proven at both ends. Rejects when it fails, is too slow, or was closed. */
  readonly connection: Promise<Connection>;
  receive(signal: MeshSignal): void;
  close(): void;
}

export interface MeshDialer {
  dial(target: MeshTarget, send: (signal: MeshSignal) => void): MeshAttempt;
}
