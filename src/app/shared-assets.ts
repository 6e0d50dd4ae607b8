import { BULK_SWARM, tagged } from '../protocol/bulk.ts';
import type { Connection } from '../protocol/connection.ts';
import { asMeshError, MeshError } from '../protocol/errors.ts';
import type { GuestSession } from '../sync/index.ts';
import { type AssetExchange, type FetchOptions, Swarm, type SwarmHost, type SwarmPort } from '../transfer/index.ts';
import { fraction, systemClock, systemRandom } from '../transport/environment.ts';
import { SWARM_FROM_BYTES } from './options.ts';

/** Where a page gets the host's files by their SHA-256, verified. */
export interface AssetFetcher {
  fetch(hash: string, options?: Omit<FetchOptions, 'signal'>): Promise<Uint8Array>;
}

/** A guest's way to the room's files: in pieces from the host and other guests, else from the host as a whole. */
export class SharedAssets implements AssetFetcher {
  readonly #swarm: Swarm;
  readonly #stops: (() => void)[];
  #exchange: AssetExchange | null = null;

  constructor(mesh: GuestSession['mesh']) {
    this.#swarm = new Swarm({
      clock: systemClock,
      random: () => fraction(systemRandom),
      onFalse: (page, error) => {
        const link = mesh?.linkTo(page);
        if (link) mesh?.distrust(link, error);
      },
    });
    this.#stops = mesh
      ? [
          mesh.on('up', ({ page, connection }) => this.#swarm.joined(page.client, portOf(connection))),
          mesh.on('down', ({ page }) => this.#swarm.left(page.client)),
          mesh.on('bytes', ({ page }, channel, bytes) => {
            if (channel === 'bulk' && bytes[0] === BULK_SWARM) this.#swarm.fromGuest(page.client, bytes.subarray(1));
          }),
        ]
      : [];
  }

  /** A new link to the host. */
  attach(connection: Connection, exchange: AssetExchange): void {
    this.#exchange = exchange;
    listen(connection, (message) => this.#swarm.fromHost(message));
    this.#swarm.host(portOf(connection));
    connection.onClose(() => {
      if (this.#exchange !== exchange) return;
      this.#exchange = null;
      this.#swarm.host(undefined);
    });
  }

  async fetch(hash: string, options: Omit<FetchOptions, 'signal'> = {}): Promise<Uint8Array> {
    const { maxBytes = Number.POSITIVE_INFINITY } = options;
    if (maxBytes >= SWARM_FROM_BYTES) {
      const inPieces = await this.#swarm.fetch(hash, options).catch(() => null);
      if (inPieces) return inPieces;
    }
    if (!this.#exchange) throw new MeshError('link-lost', 'The host is away. Try again when it is back.');
    return this.#exchange.fetch(hash, options);
  }

  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#swarm.close();
  }
}

/** The host's end of the same, for one guest. `isIn`: whether it is in the room, rather than at its door. */
export function shareAssets(connection: Connection, swarm: SwarmHost, isIn: () => boolean): void {
  const take = swarm.serve(portOf(connection), isIn);
  listen(connection, take);
}

function portOf(connection: Connection): SwarmPort {
  return {
    send: (message) => connection.send('bulk', tagged(BULK_SWARM, message)),
    drained: () => connection.drained('bulk'),
  };
}

function listen(connection: Connection, take: (message: Uint8Array) => void): void {
  connection.onMessage((channel, bytes) => {
    if (channel !== 'bulk' || bytes[0] !== BULK_SWARM) return;
    try {
      take(bytes.subarray(1));
    } catch (thrown) {
      connection.close(asMeshError(thrown, 'protocol-fault').toCloseReason());
    }
  });
}
