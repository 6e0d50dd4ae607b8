import { encodeRoster, type RosterBody, type RosterMessage, type SignalToMessage } from '../protocol/mesh-messages.ts';
import type { Client } from './members.ts';
import { isFullMesh } from './mesh-topology.ts';
import type { RoomContext } from './room-context.ts';
import type { RoomLink } from './room-link.ts';

/** What the host needs to say for the room which page is whose. */
export interface RosterSigner {
  /** By the room's key. */
  sign(body: Uint8Array): Uint8Array;
  /** Raw bytes of a key as text; undefined: it is none. */
  keyBytes(key: string): Uint8Array | undefined;
  /** Of the room, base64url. */
  readonly roomKey: string;
  /** Whether the person with this key (base64url) said it. */
  isSaidBy(key: string, body: Uint8Array, signature: Uint8Array): boolean;
}

interface MeshPage {
  /** By which the roster was sent to it. */
  readonly link: RoomLink;
  /** To whom it says that it is linked. */
  readonly linked: ReadonlySet<number>;
}

/**
 * The host's part in links between guests: says by a signed roster which pages there are and whose, and carries what they say to
 * each other until they are linked. It cannot stand in for one of them: both ends prove their keys on the link itself.
 */
export class RoomMesh {
  readonly #context: RoomContext;
  readonly #signer: RosterSigner | null;
  readonly #epoch: number;
  /** Pages on the roster. */
  readonly #pages = new Map<Client, MeshPage>();
  #seq = 0;
  #whole: RosterMessage | null = null;

  constructor(context: RoomContext, signer: RosterSigner | null, epoch: number) {
    this.#context = context;
    this.#signer = signer;
    this.#epoch = epoch;
  }

  /** A page can be linked to, and is to these. */
  ready(link: RoomLink, client: Client, linked: readonly number[]): void {
    if (!this.#signer?.keyBytes(client.member.key)) return;
    const before = this.#pages.get(client);
    this.#pages.set(client, { link, linked: new Set(linked) });
    if (before?.link === link) return;
    if (!before) this.#change({ pages: [client], gone: [] }, link);
    this.#whole ??= this.#signed({ whole: true, pages: [...this.#pages.keys()], gone: [] });
    if (this.#whole) link.send(this.#whole);
  }

  left(client: Client): void {
    if (this.#pages.delete(client)) this.#change({ pages: [], gone: [client.client] });
  }

  /** From one page to another. What comes too fast, or to nobody, is dropped: the attempt fails, and the star is there. */
  signal(link: RoomLink, client: Client, { to, link: attempt, kind, data }: SignalToMessage): void {
    if (!this.#pages.has(client) || !link.allows('signal', 1, this.#context.now())) return;
    const other = this.#linkOf(to);
    if (other && other !== link) other.send({ t: 'signal', from: client.client, link: attempt, kind, data });
  }

  /** Whether these two pages say what is of the moment to each other themselves. */
  areLinked(a: Client, b: Client): boolean {
    return this.isFull && this.#saysLinked(a, b) && this.#saysLinked(b, a);
  }

  /** Few enough that everyone is linked to everyone. */
  get isFull(): boolean {
    return isFullMesh(this.#pages);
  }

  #saysLinked(a: Client, b: Client): boolean {
    return this.#pages.get(a)?.linked.has(b.client) === true;
  }

  #linkOf(number: number): RoomLink | undefined {
    for (const link of this.#context.links) {
      if (link.client?.client === number) return this.#pages.has(link.client) ? link : undefined;
    }
    return undefined;
  }

  #change({ pages, gone }: { pages: Client[]; gone: number[] }, except?: RoomLink): void {
    this.#seq += 1;
    this.#whole = null;
    const message = this.#signed({ whole: false, pages, gone });
    if (!message) return;
    for (const link of this.#context.links)
      if (link.client && link !== except && this.#pages.has(link.client)) link.send(message);
  }

  #signed({ whole, pages, gone }: { whole: boolean; pages: Client[]; gone: number[] }): RosterMessage | null {
    const signer = this.#signer;
    if (!signer) return null;
    const rows = pages.flatMap(({ client, member }): RosterBody['pages'] => {
      const key = signer.keyBytes(member.key);
      return key ? [[client, member.peer, key]] : [];
    });
    const body = encodeRoster({ epoch: this.#epoch, seq: this.#seq, whole, pages: rows, gone });
    return { t: 'roster', body, sig: signer.sign(body) };
  }
}
