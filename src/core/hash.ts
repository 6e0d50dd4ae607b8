import type { Json } from './json.ts';

/**
 * Hash of a document's state that changes by what changed: the sum of the hashes of all (key, field, value), in two
 * lanes of 32 bits. It finds accidents, not attacks: each peer computes its own.
 */
export class StateHash {
  #low = 0;
  #high = 0;

  add(key: string, field: string, value: Json): void {
    this.#mix(key, field, value, 1);
  }

  remove(key: string, field: string, value: Json): void {
    this.#mix(key, field, value, -1);
  }

  /** First lane, 0 to 2³²−1: what a broadcast carries. */
  get low(): number {
    return this.#low;
  }

  /** Both lanes, 16 hex digits. */
  get hex(): string {
    return hex(this.#high) + hex(this.#low);
  }

  #mix(key: string, field: string, value: Json, sign: 1 | -1): void {
    const [low, high] = hashText(`${key}\n${field}\n${canonical(value)}`);
    this.#low = (this.#low + sign * low) >>> 0;
    this.#high = (this.#high + sign * high) >>> 0;
  }
}

/** JSON with members in one order: what `jsonEqual` calls equal has one hash, or peers could never agree on it. */
function canonical(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const members = value as { readonly [name: string]: Json };
  const names = Object.keys(members).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(members[name] as Json)}`).join()}}`;
}

function hex(lane: number): string {
  return lane.toString(16).padStart(8, '0');
}

/** Two multiplicative 32-bit hashes with different odd constants and a final avalanche. */
export function hashText(text: string): [low: number, high: number] {
  let low = 0x9e3779b1;
  let high = 0x85ebca77;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    low = Math.imul(low ^ unit, 0x27d4eb2f);
    high = Math.imul(high ^ unit, 0x165667b1);
  }
  return [avalanche(low ^ text.length), avalanche(high ^ (low >>> 7))];
}

function avalanche(lane: number): number {
  let mixed = Math.imul(lane ^ (lane >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
