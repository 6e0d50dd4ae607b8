/**
 * Who is here and who gets what, over all nodes: lets sockets in, passes on what they send, keeps what nobody can have yet. Holds no
 * timers: `expire` is called from time to time.
 */
import { randomBytes } from 'node:crypto';
import { type Backplane, type BackplaneNode, type Claim, tokenHash } from './backplane.ts';
import { type IceOffer, iceOffer } from './ice.ts';
import {
  decode,
  errorMessage,
  ID_TAKEN,
  iceMessage,
  openMessage,
  RELAYED,
  type RelayRequest,
  type RelayType,
  relayMessage,
} from './messages.ts';
import type { Metrics } from './metrics.ts';
import type { SignalingOptions } from './options.ts';
import { CLOSE, type PeerSocket } from './peer-socket.ts';
import { Realm } from './realm.ts';

/** Labels of the metrics. */
const RELAYED_HERE = labels('here');
const RELAYED_AWAY = labels('other-node');

/** Somebody who is asked about at the other nodes, and not in yet. */
interface Arrival extends Claim {
  readonly socket: PeerSocket;
  /** Somebody with a smaller nonce came for the same id while this one was asked about. */
  isBeaten: boolean;
}

export class Switchboard implements BackplaneNode {
  readonly realm: Realm<PeerSocket>;
  /** By id. */
  private readonly arrivals = new Map<string, Arrival>();
  /** By id: how not to be told any more that it came at another node. */
  private readonly awaited = new Map<string, () => void>();
  /** When each was told of TURN servers last, by the monotonic clock. */
  private readonly iceToldMs = new WeakMap<PeerSocket, number>();

  constructor(
    private readonly options: Readonly<SignalingOptions>,
    private readonly backplane: Backplane,
    private readonly metrics: Metrics,
  ) {
    this.realm = new Realm(options);
    backplane.join(this);
  }

  // ---- What other nodes ask

  deliver(id: string, text: string): boolean {
    return this.realm.deliver(id, text);
  }

  claimed(id: string, claim: Claim): 'taken' | 'yours' | null {
    const holder = this.realm.holder(id);
    if (holder) return this.contest(holder, claim);
    const arrival = this.arrivals.get(id);
    if (!arrival) return null;
    if (arrival.tokenHash === claim.tokenHash) {
      this.arrivals.delete(id);
      arrival.socket.close(CLOSE.replaced, 'The same client connected again.');
      return 'yours';
    }
    if (arrival.nonce < claim.nonce) return 'taken';
    arrival.isBeaten = true;
    return null;
  }

  private contest(holder: PeerSocket, claim: Claim): 'taken' | 'yours' {
    if (tokenHash(holder.token) !== claim.tokenHash) {
      holder.probe();
      return 'taken';
    }
    this.leave(holder);
    holder.close(CLOSE.replaced, 'The same client connected again.');
    return 'yours';
  }

  // ---- Coming and going

  /** Nothing of it is heard, nor sent to it, before all nodes agree that the id is its own. */
  async arrive(socket: PeerSocket): Promise<void> {
    const { id, token } = socket;
    if (this.turnedAway(socket)) return;
    if (!this.realm.isHere(id)) {
      const claim: Claim = { tokenHash: tokenHash(token), nonce: randomBytes(16).toString('base64url') };
      const arrival: Arrival = { socket, isBeaten: false, ...claim };
      if (!this.enqueue(arrival)) return;
      const answer = await this.backplane.claim(id, claim);
      if (this.arrivals.get(id) !== arrival) return this.releaseIfGone(id);
      this.arrivals.delete(id);
      if (answer === 'taken' || arrival.isBeaten) return this.lost(socket);
      if (!socket.isOpen || this.turnedAway(socket)) return this.releaseIfGone(id);
    }
    this.admit(socket);
  }

  private lost(socket: PeerSocket): void {
    this.refuse(socket, 'taken', ID_TAKEN, 'The id is in use.');
    this.releaseIfGone(socket.id);
  }

  /** Two at once at this node: the same client's later one counts, else the first. */
  private enqueue(arrival: Arrival): boolean {
    const { id } = arrival.socket;
    const other = this.arrivals.get(id);
    if (other && other.tokenHash !== arrival.tokenHash) {
      this.lost(arrival.socket);
      return false;
    }
    other?.socket.close(CLOSE.replaced, 'The same client connected again.');
    this.arrivals.set(id, arrival);
    return true;
  }

  private turnedAway(socket: PeerSocket): boolean {
    const refusal = this.realm.refusal(socket);
    if (!refusal) return false;
    if (refusal.kind === 'full') this.refuse(socket, 'full', errorMessage(refusal.reason), refusal.reason);
    else {
      // The holder may be long gone behind a dead link; then the next try succeeds.
      refusal.holder.probe();
      this.refuse(socket, 'taken', ID_TAKEN, 'The id is in use.');
    }
    return true;
  }

  private admit(socket: PeerSocket): void {
    const admission = this.realm.admit(socket);
    if (admission.kind !== 'admitted') return;
    admission.replaced?.close(CLOSE.replaced, 'The same client connected again.');
    this.metrics.count('nexus_signaling_connections_total');
    this.noLongerAwaited(socket.id);
    socket.send(openMessage(this.iceFor(socket)));
    for (const text of admission.waiting) socket.send(text);
  }

  // ---- Messages

  onText(from: PeerSocket, text: string): void {
    // A socket that was refused or replaced may still have frames on their way.
    if (!this.realm.holds(from)) return;
    const message = decode(text, this.options);
    switch (message.kind) {
      case 'heartbeat':
      case 'unknown':
        return;
      case 'ice':
        return this.tellIce(from);
      case 'leave':
        this.leave(from);
        return from.close(1000, 'You left.');
      case 'fault':
        this.leave(from);
        return this.refuse(from, 'malformed', errorMessage(message.reason), message.reason);
      case 'relay':
        return this.relay(from, message);
    }
  }

  private tellIce(socket: PeerSocket): void {
    const told = this.iceToldMs.get(socket) ?? Number.NEGATIVE_INFINITY;
    if (performance.now() - told >= this.options.iceIntervalMs) socket.send(iceMessage(this.iceFor(socket)));
  }

  /** Only whoever is in is given any, and for its own network address. */
  private iceFor(socket: PeerSocket): IceOffer | null {
    const offer = iceOffer(this.options, socket.address, Date.now());
    if (!offer?.ttlSeconds) return offer;
    this.iceToldMs.set(socket, performance.now());
    this.metrics.count('nexus_signaling_turn_credentials_total');
    return offer;
  }

  private relay(from: PeerSocket, request: RelayRequest): void {
    const { type, dst } = request;
    const text = relayMessage(request, from.id);
    if (this.realm.deliver(dst, text)) return this.metrics.count('nexus_signaling_messages_total', RELAYED_HERE[type]);
    // Behind what waits already, so that the order stays.
    if (this.realm.isAwaited(dst)) return this.keep(from, type, dst, text);
    void this.sendAway(from, type, dst, text);
  }

  private async sendAway(from: PeerSocket, type: RelayType, dst: string, text: string): Promise<void> {
    if (await this.backplane.send(dst, text)) {
      return this.metrics.count('nexus_signaling_messages_total', RELAYED_AWAY[type]);
    }
    if (!this.realm.deliver(dst, text)) this.keep(from, type, dst, text);
  }

  private keep(from: PeerSocket, type: RelayType, dst: string, text: string): void {
    // A goodbye to somebody who is gone is of no use to anyone later.
    if (type === 'LEAVE') return;
    this.realm.keep(from, dst, text, performance.now());
    if (!this.realm.isAwaited(dst) || this.awaited.has(dst)) return;
    this.awaited.set(
      dst,
      this.backplane.onceThere(dst, () => void this.cameElsewhere(dst)),
    );
  }

  private async cameElsewhere(dst: string): Promise<void> {
    this.noLongerAwaited(dst);
    for (const text of this.realm.takeQueue(dst)) await this.backplane.send(dst, text);
  }

  private noLongerAwaited(dst: string): void {
    this.awaited.get(dst)?.();
    this.awaited.delete(dst);
  }

  expire(): void {
    this.metrics.count('nexus_signaling_expired_total', '', this.realm.expire(performance.now()));
    for (const dst of this.awaited.keys()) if (!this.realm.isAwaited(dst)) this.noLongerAwaited(dst);
  }

  /** Lets the id go, unless a later connection has it. */
  leave(socket: PeerSocket): void {
    this.realm.remove(socket);
    this.releaseIfGone(socket.id);
  }

  private releaseIfGone(id: string): void {
    if (!this.realm.isHere(id) && !this.arrivals.has(id)) this.backplane.release(id);
  }

  refuse(socket: PeerSocket, reason: 'malformed' | 'taken' | 'full', text: string, words: string): void {
    this.metrics.count('nexus_signaling_refused_total', `reason="${reason}"`);
    socket.send(text);
    socket.close(CLOSE.refused, words);
  }
}

function labels(to: string): Record<RelayType, string> {
  return Object.fromEntries(RELAYED.map((type) => [type, `type="${type}",to="${to}"`])) as Record<RelayType, string>;
}
