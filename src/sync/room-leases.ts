import type { Lease, LeaseKind } from '../protocol/messages.ts';
import { BLOCK_SIZE, LEASE_KINDS } from './leases.ts';
import type { RoomDisk } from './room-disk.ts';
import type { RoomDocument } from './room-document.ts';
import type { RoomLink } from './room-link.ts';

/** Hands out blocks of ids (D5), no faster than the disk notes them. */
export class RoomLeases {
  readonly #disk: RoomDisk;
  readonly #room: RoomDocument;

  constructor(disk: RoomDisk, room: RoomDocument) {
    this.#disk = disk;
    this.#room = room;
  }

  answer(link: RoomLink, kind: LeaseKind): void {
    const leases = this.#disk.lease(this.#room.ledger, kind);
    if (leases.length > 0) link.send({ t: 'leases', leases });
    else link.waitingLeases.add(kind);
  }

  /** The disk has caught up. */
  answerWaiting(links: Iterable<RoomLink>): void {
    for (const link of links) {
      const kinds = [...link.waitingLeases];
      link.waitingLeases.clear();
      for (const kind of kinds) this.answer(link, kind);
    }
  }

  /** What a returning client still holds is enough while there is half a block. */
  forReturning(held: readonly Lease[]): Lease[] {
    return LEASE_KINDS.filter((kind) => {
      const left = held.reduce(
        (sum, [heldKind, next, end]) => sum + (heldKind === kind ? Math.max(0, end - next) : 0),
        0,
      );
      return left < BLOCK_SIZE[kind] / 2;
    }).flatMap((kind) => this.#disk.lease(this.#room.ledger, kind));
  }
}
