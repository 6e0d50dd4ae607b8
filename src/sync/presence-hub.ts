import { decodeClientPresence, encodePresence } from '../protocol/codec.ts';
import type { ClientPresence, Look, LookMessage } from '../protocol/messages.ts';
import type { Client } from './members.ts';
import type { RoomContext } from './room-context.ts';
import type { RoomLink } from './room-link.ts';
import type { RoomMesh } from './room-mesh.ts';

/**
 * The host's part in who looks where: passes on what pages say, with the page's own number in front (T3), to those whom it
 * concerns. Keeps the last look of each page for newcomers; cursors and views are of the moment.
 */
export class PresenceHub {
  readonly #context: RoomContext;
  readonly #mesh: Pick<RoomMesh, 'areLinked'>;
  readonly #looks = new Map<Client, Look>();

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
      case 'caret':
        return this.#pass(link, client, message, (other) => this.#scopeOf(other) === this.#scopeOf(client));
      case 'area':
        return this.#pass(link, client, message, (other) => this.#looks.get(other)?.following === client.member.peer);
    }
  }

  look(link: RoomLink, client: Client, { scope, selection, editing, following }: LookMessage): void {
    const look: Look = { scope, selection, editing, following };
    this.#looks.set(client, look);
    for (const other of this.#context.links)
      if (other.client && other !== link) other.send({ t: 'look', client: client.client, ...look });
  }

  /** Tells a newcomer where everyone looks. */
  welcome(link: RoomLink): void {
    for (const [client, look] of this.#looks)
      if (client !== link.client) link.send({ t: 'look', client: client.client, ...look });
  }

  left(client: Client): void {
    this.#looks.delete(client);
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
