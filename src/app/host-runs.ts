import { randomUuid } from '../backend/page-shim.ts';
import type { Connection } from '../protocol/connection.ts';
import type { RunEntry } from '../protocol/run-messages.ts';
import { gzip, type HostRoom, RunDesk } from '../sync/index.ts';
import type { AssetExchange } from '../transfer/index.ts';
import { HostBackend, pageApi } from './host-backend.ts';

/** What guests may run in this page's ComfyUI while it hosts a room. */
export class HostRuns {
  readonly #desk: RunDesk;
  readonly #backend: HostBackend;

  /** @param hostPeer the host's own number in the room. */
  static open(room: HostRoom, hostPeer: number, onChange: () => void): HostRuns | null {
    const api = pageApi();
    return api && new HostRuns(new HostBackend(api), room, hostPeer, onChange);
  }

  private constructor(backend: HostBackend, room: HostRoom, hostPeer: number, onChange: () => void) {
    this.#backend = backend;
    this.#desk = new RunDesk({
      backend,
      memberOf: (connection) => room.personAt(connection),
      host: () => {
        const { name, color } = room.people.find(({ peer }) => peer === hostPeer) ?? { name: 'Host', color: 0 };
        return { peer: hostPeer, name, color };
      },
      packing: gzip,
      now: () => performance.now(),
      newId: randomUuid,
    });
    this.#desk.on('queue', onChange);
    this.#desk.on('queued', (by) => room.chat.tell('queued', by));
  }

  /** Who runs and waits. */
  get entries(): readonly RunEntry[] {
    return this.#desk.queue;
  }

  /** Before the room lets the connection in. */
  serve(connection: Connection, exchange: AssetExchange): void {
    this.#desk.serve(connection, (hash, maxBytes) => exchange.fetch(hash, { maxBytes }));
  }

  /** For the exchange of assets. */
  asset(hash: string): Uint8Array | null {
    return this.#desk.asset(hash);
  }

  cancel(id: string): Promise<void> {
    return this.#desk.cancel(id);
  }

  close(): void {
    this.#desk.close();
    this.#backend.close();
  }
}
