/** One asset on its way in from several sides: what is here, who has what, what is asked of whom, and what to ask next. */
import { hasBit, type PieceStore } from './pieces.ts';

/** Pieces asked of one guest at a time. */
const PER_PEER = 3;

/** Pure: rarest first, chance among equals. Peers are numbers of pages. */
export class SwarmDownload {
  readonly store: PieceStore;
  readonly #has = new Map<number, Set<number>>();
  /** Piece → whom it was asked of, and when. */
  readonly #asked = new Map<number, { peer: number; atMs: number }>();

  constructor(store: PieceStore) {
    this.store = store;
  }

  hasAll(peer: number, bits: Uint8Array): void {
    const pieces = new Set<number>();
    for (let index = 0; index < this.store.count; index++) if (hasBit(bits, index)) pieces.add(index);
    this.#has.set(peer, pieces);
  }

  hasOne(peer: number, index: number): void {
    if (index >= this.store.count) return;
    const pieces = this.#has.get(peer) ?? new Set();
    this.#has.set(peer, pieces.add(index));
  }

  /** It does not give this piece after all. */
  lacks(peer: number, index: number): void {
    this.#has.get(peer)?.delete(index);
    if (this.#asked.get(index)?.peer === peer) this.#asked.delete(index);
  }

  gone(peer: number): void {
    this.#has.delete(peer);
    for (const [index, asked] of this.#asked) if (asked.peer === peer) this.#asked.delete(index);
  }

  wasAsked(peer: number, index: number): boolean {
    return this.#asked.get(index)?.peer === peer;
  }

  arrived(index: number): void {
    this.#asked.delete(index);
  }

  /** Whom to ask for what, now. They count as asked from then on. */
  next(nowMs: number, random: () => number): { peer: number; index: number }[] {
    const asks: { peer: number; index: number }[] = [];
    const load = new Map<number, number>();
    for (const { peer } of this.#asked.values()) load.set(peer, (load.get(peer) ?? 0) + 1);
    for (const { index, peers } of this.#rarestFirst(random)) {
      const free = peers.filter((peer) => (load.get(peer) ?? 0) < PER_PEER);
      const peer = free.sort((a, b) => (load.get(a) ?? 0) - (load.get(b) ?? 0))[0];
      if (peer === undefined) continue;
      load.set(peer, (load.get(peer) ?? 0) + 1);
      this.#asked.set(index, { peer, atMs: nowMs });
      asks.push({ peer, index });
    }
    return asks;
  }

  /** Pieces that are neither here nor at any guest who is linked: only the host can give them. */
  atHostOnly(): number[] {
    const pieces: number[] = [];
    for (let index = 0; index < this.store.count; index++) {
      if (!this.#isCovered(index) && !this.#isHeld(index)) pieces.push(index);
    }
    return pieces;
  }

  /** Guests who have not given what they were asked for since then. */
  silentSince(beforeMs: number): number[] {
    return [...new Set([...this.#asked.values()].filter(({ atMs }) => atMs < beforeMs).map(({ peer }) => peer))];
  }

  #rarestFirst(random: () => number): { index: number; peers: number[] }[] {
    const wanted: { index: number; peers: number[]; chance: number }[] = [];
    for (let index = 0; index < this.store.count; index++) {
      if (this.#isCovered(index)) continue;
      const peers = this.#holders(index);
      if (peers.length > 0) wanted.push({ index, peers, chance: random() });
    }
    return wanted.sort((a, b) => a.peers.length - b.peers.length || a.chance - b.chance);
  }

  #isHeld(index: number): boolean {
    for (const pieces of this.#has.values()) if (pieces.has(index)) return true;
    return false;
  }

  #holders(index: number): number[] {
    return [...this.#has].flatMap(([peer, pieces]) => (pieces.has(index) ? [peer] : []));
  }

  #isCovered(index: number): boolean {
    return this.store.has(index) || this.#asked.has(index);
  }
}
