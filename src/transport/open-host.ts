/** A host's door: stays findable at the signaling endpoint, proves and checks everyone who comes, hands out connections. */

import { createNanoEvents } from 'nanoevents';
import type { DataConnection } from 'peerjs';
import type { Connection, Unsubscribe } from '../protocol/connection.ts';
import { MeshError } from '../protocol/errors.ts';
import { OWN_VERSIONS } from '../protocol/version.ts';
import { adoptConnection } from './adopt-connection.ts';
import type { Clock, RandomBytes } from './environment.ts';
import { systemClock, systemRandom } from './environment.ts';
import { FramedConnection } from './framed-connection.ts';
import type { Agreed, Gate } from './handshake.ts';
import type { HostPresence } from './host-rendezvous.ts';
import { HostRendezvous } from './host-rendezvous.ts';
import { IceServers } from './ice-servers.ts';
import type { KeyPair } from './identity.ts';
import { roomIdOf } from './identity.ts';
import { type InviteLink, OFFER_ID_BYTES } from './invite.ts';
import type { LinkLimits } from './options.ts';
import { HOST_LIMITS, TRANSPORT_DEFAULTS } from './options.ts';
import { onOnline, onPageHide } from './page-events.ts';
import { offerPairing } from './pairing.ts';
import { runHostHandshake } from './run-handshake.ts';
import { parseSignalingAddress } from './signaling-address.ts';

export interface OpenHostOptions {
  readonly roomKeys: KeyPair;
  /** Kept with the room: the right to take its id again at the signaling endpoint. Letters and digits. */
  readonly token: string;
  /** Like `wss://host:port/`. */
  readonly signaling: string;
  /** Who is let in; see `createGate`. Called in the same turn in which `onGuest` is, so uses can be counted there. */
  readonly gate: Gate;
  /** Told to guests, at most 64 characters. */
  readonly appVersion: string;
  /** Default: those that the endpoint lends. Without any, hosts on the same machine or network and most open ones are reached. */
  readonly ice?: IceServers;
  readonly limits?: LinkLimits;
  readonly clock?: Clock;
  readonly random?: RandomBytes;
}

/** How a guest came in, with what the handshake agreed on. */
export type GuestArrival = Agreed;

/** A guest's way in without signaling, until it is used or given up. */
export interface HostPairing {
  /** Goes into an invite link. */
  readonly offer: NonNullable<InviteLink['offer']>;
  /** With the code that the guest gave back. Resolves when they are proven and let in; throws what to tell a person. */
  accept(code: string): Promise<void>;
  close(): void;
}

export interface HostTransport {
  readonly roomId: string;
  readonly state: HostPresence;
  /** Attach in the same turn as `openHost`, or guests of the meantime find nobody. */
  onGuest(listener: (connection: Connection, arrival: GuestArrival) => void): Unsubscribe;
  onState(listener: (state: HostPresence) => void): Unsubscribe;
  /** Makes an offer for one guest who comes without signaling. */
  pair(): Promise<HostPairing>;
  /** Ends a wait for the signaling endpoint. */
  retryNow(): void;
  /** Closes the door and every connection, with this reason. */
  close(error?: MeshError): void;
}

interface Events {
  guest: (connection: Connection, arrival: GuestArrival) => void;
  state: (state: HostPresence) => void;
}

/** Throws `signaling-address` for an unreadable address; everything later comes as a state. */
export function openHost(options: OpenHostOptions): HostTransport {
  return new Host(options);
}

class Host implements HostTransport {
  readonly roomId: string;
  readonly #options: OpenHostOptions;
  readonly #clock: Clock;
  readonly #random: RandomBytes;
  readonly #rendezvous: HostRendezvous;
  readonly #events = createNanoEvents<Events>();
  readonly #connections = new Set<Connection>();
  readonly #disposers: Unsubscribe[];
  /** Guests who are not proven yet. */
  #arriving = 0;
  #state: HostPresence = { kind: 'registering' };

  constructor(options: OpenHostOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.roomId = roomIdOf(options.roomKeys.publicKey);
    this.#rendezvous = new HostRendezvous({
      address: parseSignalingAddress(options.signaling),
      roomId: this.roomId,
      token: options.token,
      ice: options.ice ?? new IceServers(),
      clock: this.#clock,
      random: this.#random,
      registerMs: TRANSPORT_DEFAULTS.registerMs,
      backoff: TRANSPORT_DEFAULTS.hostBackoff,
      onState: (state) => this.#setState(state),
      onArrival: (connection) => void this.#arrive(connection),
    });
    const pageClosed = () => this.close(new MeshError('page-closed', "The host's page was closed or reloaded."));
    this.#disposers = [onOnline(() => this.#rendezvous.register()), onPageHide(pageClosed)];
    this.#rendezvous.register();
  }

  get state(): HostPresence {
    return this.#state;
  }

  onGuest(listener: Events['guest']): Unsubscribe {
    return this.#events.on('guest', listener);
  }

  onState(listener: Events['state']): Unsubscribe {
    return this.#events.on('state', listener);
  }

  retryNow(): void {
    this.#rendezvous.register();
  }

  close(error = new MeshError('session-ended', 'The host ended the session.')): void {
    for (const dispose of this.#disposers.splice(0)) dispose();
    this.#rendezvous.close();
    for (const connection of [...this.#connections]) connection.close(error.toCloseReason());
  }

  async pair(): Promise<HostPairing> {
    const { lostMs, closeMs, connectMs } = TRANSPORT_DEFAULTS;
    const link = { clock: this.#clock, early: { frames: 0, bytes: 0 }, lostMs, closeMs };
    const iceServers = this.#options.ice?.list ?? [];
    const offer = await offerPairing(this.#random(OFFER_ID_BYTES), { iceServers, link, connectMs });
    return {
      offer: { id: offer.id, packed: offer.packed },
      accept: async (code) => this.#verify(await offer.accept(code)),
      close: () => offer.close(),
    };
  }

  async #arrive(incoming: DataConnection): Promise<void> {
    const { maxHandshakes, maxGuests, lostMs, closeMs, connectMs } = TRANSPORT_DEFAULTS;
    if (this.#arriving >= maxHandshakes || this.#connections.size >= maxGuests) {
      incoming.close();
      return;
    }
    this.#arriving += 1;
    try {
      const link = { clock: this.#clock, early: { frames: 0, bytes: 0 }, lostMs, closeMs };
      await this.#verify(await adoptConnection(incoming, { link, connectMs }));
    } catch {
      // A stranger's failure is theirs: they were told, and nobody here needs to know.
    } finally {
      this.#arriving -= 1;
    }
  }

  async #verify(link: Awaited<ReturnType<typeof adoptConnection>>): Promise<void> {
    try {
      const { gate, roomKeys, appVersion } = this.#options;
      const fingerprints = { host: link.fingerprints.local, guest: link.fingerprints.remote };
      const context = { fingerprints, versions: OWN_VERSIONS, appVersion, random: this.#random, roomKeys, gate };
      const timing = { clock: this.#clock, deadlineMs: TRANSPORT_DEFAULTS.handshakeMs };
      const agreed = await runHostHandshake(link.control, context, timing);
      if (this.#state.kind === 'closed') throw new MeshError('session-ended', 'The host ended the session.');
      this.#admit(link, agreed);
    } catch (thrown) {
      link.close();
      throw thrown;
    }
  }

  #admit(link: Awaited<ReturnType<typeof adoptConnection>>, agreed: Agreed): void {
    const { limits = HOST_LIMITS } = this.#options;
    const connection = new FramedConnection({ peerKey: agreed.peerKey, link, limits, clock: this.#clock });
    this.#connections.add(connection);
    connection.onClose(() => this.#connections.delete(connection));
    this.#events.emit('guest', connection, agreed);
  }

  #setState(state: HostPresence): void {
    this.#state = state;
    this.#events.emit('state', state);
  }
}
