import { MeshError } from '../protocol/errors.ts';
import { MAX_PAGES } from '../protocol/limits.ts';
import { decodeRoster, type RosterMessage } from '../protocol/mesh-messages.ts';

export interface RosterPage {
  readonly client: number;
  readonly peer: number;
  /** base64url */
  readonly key: string;
}

export interface RosterChange {
  readonly isWhole: boolean;
  readonly added: readonly number[];
}

/** Whether the room's key made this signature. */
export type VerifyRoster = (signature: Uint8Array, body: Uint8Array) => boolean;

/** Which pages can be linked to and whose they are, as the host signed it. */
export class Roster {
  readonly #keyText: (key: Uint8Array) => string;
  readonly #pages = new Map<number, RosterPage>();
  /** Of pages that have left too: what they said may still be on its way. */
  readonly #keys = new Map<number, string>();
  #epoch = -1;
  #seq = -1;

  constructor(keyText: (key: Uint8Array) => string) {
    this.#keyText = keyText;
  }

  /** By number of the page. */
  get pages(): ReadonlyMap<number, RosterPage> {
    return this.#pages;
  }

  /** base64url; also of who has left. */
  keyOf(client: number): string | undefined {
    return this.#keys.get(client);
  }

  get epoch(): number {
    return this.#epoch;
  }

  /**
   * @returns what came.
   * @throws MeshError `protocol-fault` for what the host did not sign, or what does not follow what is here.
   */
  take({ body, sig }: RosterMessage, epoch: number, verify: VerifyRoster): RosterChange {
    if (!verify(sig, body)) throw fault('is not signed by the room');
    const { seq, whole, pages, gone, ...rest } = decodeRoster(body);
    if (rest.epoch !== epoch) throw fault('is of another sitting');
    if (whole) {
      if (this.#epoch === epoch && seq < this.#seq) throw fault('is older than the one before');
      this.#pages.clear();
    } else if (this.#epoch !== epoch || seq !== this.#seq + 1) throw fault('does not follow the one before');
    this.#epoch = epoch;
    this.#seq = seq;
    for (const client of gone) this.#pages.delete(client);
    for (const [client, peer, raw] of pages) {
      const key = this.#keyText(raw);
      this.#pages.set(client, { client, peer, key });
      this.#keys.set(client, key);
    }
    for (const oldest of this.#keys.keys()) if (this.#keys.size > MAX_PAGES) this.#keys.delete(oldest);
    return { isWhole: whole, added: pages.map(([client]) => client) };
  }
}

function fault(what: string): MeshError {
  return new MeshError('protocol-fault', `The list of who is here ${what}.`);
}
