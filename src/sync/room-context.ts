import type { Fact } from './journal.ts';
import type { RoomLink } from './room-link.ts';

/** What the parts of a host room share. */
export interface RoomContext {
  /** All links, those that have not joined too. */
  readonly links: Iterable<RoomLink>;
  /** Milliseconds, for rates only. */
  readonly now: () => number;
  /** Milliseconds since the epoch. */
  readonly wallNow: () => number;
  /** Puts something on the room's disk. */
  readonly write: (fact: Fact) => void;
}
