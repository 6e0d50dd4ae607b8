/**
 * What several nodes behind one address share: which ids are taken, and messages for peers that are at another node. A node alone
 * has one too, with nobody at the other end, so there is one way through the server.
 */
import { createHash } from 'node:crypto';

/** Somebody wants an id for a client of theirs. */
export interface Claim {
  /** Never the token itself. */
  readonly tokenHash: string;
  /** Random: of two who claim one id in the same moment the smaller gets it. */
  readonly nonce: string;
}

/** What this node answers to the others. */
export interface BackplaneNode {
  /** A message for a client of this node; false: it is not here. */
  deliver(id: string, text: string): boolean;
  /**
   * Another node claims an id. 'taken': it is this node's, for another client. 'yours': it was this node's, for the same client,
   * which is let go. Null: this node has nothing to say against it.
   */
  claimed(id: string, claim: Claim): 'taken' | 'yours' | null;
}

export interface Backplane {
  /** Called once, before anything else. */
  join(node: BackplaneNode): void;
  /** Takes an id for this node, or says that another has it. Never rejects. */
  claim(id: string, claim: Claim): Promise<'held' | 'taken'>;
  /** Gives it back. Does nothing for an id that is not held. */
  release(id: string): void;
  /** Hands a message to the node that has the client. False: no node has, or it did not answer in time. Never rejects. */
  send(id: string, text: string): Promise<boolean>;
  /** Calls back, once, when some other node has got this client. Returns what takes it back. */
  onceThere(id: string, listener: () => void): () => void;
  /** What is wrong; null: nothing. */
  trouble(): string | null;
  close(): Promise<void>;
}

export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
