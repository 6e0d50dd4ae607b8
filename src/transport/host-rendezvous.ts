/**
 * The host's place at the signaling endpoint: registered under an id derived from the room, so that guests find it, and
 * registered again whenever the endpoint was away. Links that stand do not need it (T6).
 *
 *   registering ──▶ online ──lost──▶ offline ──wait──▶ registering
 *        └──id-taken──▶ taken ──wait──▶ registering          any ──close()──▶ closed
 */
import type { DataConnection } from 'peerjs';
import { Peer } from 'peerjs';
import type { MeshError } from '../protocol/errors.ts';
import { backoffMs } from './backoff.ts';
import type { Clock, RandomBytes } from './environment.ts';
import type { IceServers } from './ice-servers.ts';
import { rendezvousIdOf } from './identity.ts';
import type { BackoffOptions } from './options.ts';
import { fromPeerError, notRegistered } from './peer-errors.ts';
import { peerOptions } from './peer-options.ts';
import type { SignalingAddress } from './signaling-address.ts';

export type HostPresence =
  | { readonly kind: 'registering' }
  | { readonly kind: 'online' }
  /** Sessions go on; new guests cannot find the host. `retryAtMs` is the clock's time. */
  | { readonly kind: 'offline'; readonly retryAtMs: number; readonly error: MeshError }
  /** Somebody holds the room's id: an own tab that did not end well, or a stranger. */
  | { readonly kind: 'id-taken'; readonly retryAtMs: number; readonly error: MeshError }
  | { readonly kind: 'closed' };

export interface HostRendezvousOptions {
  readonly address: SignalingAddress;
  readonly roomId: string;
  /** Kept with the room, so that the same host may take its id again after a reload. */
  readonly token: string;
  readonly ice: IceServers;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly registerMs: number;
  readonly backoff: BackoffOptions;
  readonly onState: (state: HostPresence) => void;
  readonly onArrival: (connection: DataConnection) => void;
}

export class HostRendezvous {
  readonly #options: HostRendezvousOptions;
  #peer: Peer | undefined;
  #failures = 0;
  #stopTimer: () => void = () => {};
  #stopBorrowing: () => void = () => {};
  #closed = false;

  constructor(options: HostRendezvousOptions) {
    this.#options = options;
  }

  /** Registers now: at the start, or when a person or the network's return asks for it. Nothing to do while online. */
  register(): void {
    if (this.#closed || this.#peer) return;
    const { address, ice, token, roomId, clock, registerMs } = this.#options;
    this.#stopTimer();
    const peer = new Peer(rendezvousIdOf(roomId), peerOptions(address, ice.list, token));
    this.#peer = peer;
    this.#stopBorrowing = ice.borrow(peer, clock);
    this.#options.onState({ kind: 'registering' });
    this.#stopTimer = clock.after(registerMs, () => this.#lost(peer, notRegistered()));
    peer.on('open', () => {
      if (this.#peer !== peer) return;
      this.#stopTimer();
      this.#failures = 0;
      this.#options.onState({ kind: 'online' });
    });
    peer.on('connection', (connection) => this.#options.onArrival(connection));
    peer.on('call', (call) => call.close());
    peer.on('error', (error) => this.#error(peer, fromPeerError(error)));
    peer.on('disconnected', () => this.#lost(peer, notRegistered()));
    peer.on('close', () => this.#lost(peer, notRegistered()));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopTimer();
    this.#stopBorrowing();
    this.#peer?.destroy();
    this.#peer = undefined;
    this.#options.onState({ kind: 'closed' });
  }

  #error(peer: Peer, error: MeshError): void {
    // These concern one guest's attempt; the place at the endpoint still stands.
    if (error.code === 'host-away' || error.code === 'connect-timeout') return;
    this.#lost(peer, error);
  }

  #lost(peer: Peer, error: MeshError): void {
    if (this.#closed || this.#peer !== peer) return;
    this.#peer = undefined;
    this.#stopTimer();
    this.#stopBorrowing();
    // Not destroyed: guests who are just connecting through it may still make it.
    peer.disconnect();
    const { clock, backoff, random } = this.#options;
    const waitMs = backoffMs(this.#failures, backoff, random);
    this.#failures += 1;
    const kind = error.code === 'id-taken' ? 'id-taken' : 'offline';
    this.#options.onState({ kind, retryAtMs: clock.now() + waitMs, error });
    this.#stopTimer = clock.after(waitMs, () => this.register());
  }
}
