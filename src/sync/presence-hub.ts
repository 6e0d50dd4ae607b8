import { decodeClientPresence, encodePresence, encodeToClient } from '../protocol/codec.ts';
import type { ClientPresence, Look, LookMessage } from '../protocol/messages.ts';
import { CursorBatches } from './cursor-batches.ts';
import type { Client } from './members.ts';
import { FULL_MESH_PAGES } from './mesh-topology.ts';
import type { RoomContext } from './room-context.ts';
import type { RoomLink } from './room-link.ts';
import type { RoomMesh } from './room-mesh.ts';

/** More pages than so many, the host's own among them, are told of each other in batches. */
const LARGE_ROOM = FULL_MESH_PAGES + 1;

/**
 * The host's part in who looks where: passes on what pages say, with the page's own number in front (T3), to those whom it
 * concerns. Keeps the last look of each page for newcomers; cursors and views are of the moment.
 */
export class PresenceHub {
  readonly #context: RoomContext;
  readonly #mesh: Pick<RoomMesh, 'areLinked'>;
  readonly #looks = new Map<Client, Look>();
  readonly #batches = new CursorBatches();
  /** In a large room: whose look the others have not been told yet. */
  readonly #moved = new Set<Client>();

  constructor(context: RoomContext, mesh: Pick<RoomMesh, 'areLinked'>) {
    this.#context = context;
    this.#mesh = mesh;
  }

  /** @throws MeshError `protocol-fault` for malformed bytes. What comes faster than a hand moves is dropped. */
  onBytes(link: RoomLink, client: Client, bytes: Uint8Array): void {
    const message = decodeClientPresence(bytes);
    if (!link.allows('presence', 1, this.#context.now())) return;
    switch (message.t) {
      case 'echo':
        return link.connection.send('presence', bytes);
      case 'cursor':
        if (message.at && this.#isLarge) return this.#batch(client, message.n, message.at);
        return this.#pass(link, client, message, (other) => this.#sharesGraph(other, client));
      case 'caret':
        return this.#pass(link, client, message, (other) => this.#sharesGraph(other, client));
      case 'area':
        this.#batches.looksAt(client, message.area);
        return this.#pass(link, client, message, (other) => this.#looks.get(other)?.following === client.member.peer);
    }
  }

  look(link: RoomLink, client: Client, { scope, selection, editing, following }: LookMessage): void {
    const look: Look = { scope, selection, editing, following };
    // In another graph its window shows another area, which it has yet to tell.
    if (this.#scopeOf(client) !== scope) this.#batches.looksAt(client, undefined);
    this.#looks.set(client, look);
    if (this.#isLarge) {
      this.#moved.add(client);
      return this.sweep();
    }
    for (const other of this.#context.links)
      if (other.client && other !== link) other.send({ t: 'look', client: client.client, ...look });
  }

  /** In a large room: hands out what has gathered, if it is time. Call it whenever something comes in (S6). */
  sweep(): void {
    const nowMs = this.#context.now();
    if (this.#moved.size + this.#batches.size === 0 || !this.#batches.isDue(nowMs, this.#looks.size)) return;
    const links = new Map<Client, RoomLink>();
    for (const link of this.#context.links) if (link.client) links.set(link.client, link);
    for (const client of this.#moved) this.#tellLook(client, links);
    this.#moved.clear();
    const batches = this.#batches.flush(nowMs, links.keys(), (a, b) => this.#sharesGraph(a, b));
    for (const [client, cursors] of batches)
      links.get(client)?.connection.send('presence', encodePresence({ t: 'cursors', cursors }));
  }

  #batch(client: Client, n: number, at: { x: number; y: number }): void {
    this.#batches.moved(client, n, at);
    this.sweep();
  }

  #tellLook(client: Client, links: ReadonlyMap<Client, RoomLink>): void {
    const look = this.#looks.get(client);
    if (!look) return;
    const bytes = encodeToClient({ t: 'look', client: client.client, ...look });
    for (const [other, link] of links) if (other !== client) link.sendBytes(bytes);
  }

  /** Tells a newcomer where everyone looks. */
  welcome(link: RoomLink): void {
    for (const [client, look] of this.#looks)
      if (client !== link.client) link.send({ t: 'look', client: client.client, ...look });
  }

  left(client: Client): void {
    this.#looks.delete(client);
    this.#moved.delete(client);
    this.#batches.left(client);
  }

  get #isLarge(): boolean {
    return this.#looks.size > LARGE_ROOM;
  }

  #sharesGraph(a: Client, b: Client): boolean {
    return this.#scopeOf(a) === this.#scopeOf(b);
  }

  #scopeOf(client: Client): string | undefined {
    return this.#looks.get(client)?.scope;
  }

  #pass(
    from: RoomLink,
    client: Client,
    message: Exclude<ClientPresence, { t: 'echo' }>,
    concerns: (other: Client) => boolean,
  ): void {
    let bytes: Uint8Array | undefined;
    for (const link of this.#context.links) {
      if (link === from || !link.client || !concerns(link.client)) continue;
      if (this.#mesh.areLinked(client, link.client)) continue;
      bytes ??= encodePresence({ ...message, client: client.client });
      link.connection.send('presence', bytes);
    }
  }
}
