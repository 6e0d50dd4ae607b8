/**
 * One tab hosts a room; a second one is told (§9). Web Locks do it where they are. On plain http they are missing: there a
 * lease in localStorage, renewed by the holder, and a BroadcastChannel on which the holder says that it lives.
 *
 * The answer on the channel counts more than the lease's age: a hidden tab's timers may run once a minute, but it answers
 * at once. A crashed tab does not answer and its lease runs out; a reloaded tab knows its own lease and takes it back.
 */
import type { Clock } from '../protocol/clock.ts';
import { systemClock } from '../protocol/clock.ts';

/** The few members of localStorage that are used. */
export interface LeaseStore {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export interface ClaimChannel {
  post(message: string): void;
  onMessage(listener: (message: string) => void): void;
  close(): void;
}

export interface ClaimEnvironment {
  /** Undefined on plain http. */
  readonly locks: Pick<LockManager, 'request'> | undefined;
  readonly leases: LeaseStore;
  openChannel(name: string): ClaimChannel;
  readonly clock: Clock;
  /** The same after a reload of this tab. */
  readonly tabId: string;
  /** New for each page load: a duplicated tab has its original's `tabId`. */
  readonly pageId: string;
}

export interface RoomClaim {
  /** Idempotent. */
  release(): void;
  /** Another tab has taken the room, after this one was frozen for long. Called at most once. */
  onLost(listener: () => void): void;
}

export type ClaimResult = { readonly kind: 'claimed'; readonly claim: RoomClaim } | { readonly kind: 'held' };

/** How long a tab that is just closing may take to let go of its lock, in milliseconds. */
const LOCK_WAIT_MS = 1_500;
/** The same for the page before this tab's own reload: on a busy machine it outlives the start of the next by seconds. */
const OWN_LOCK_WAIT_MS = 10_000;
/** A lease that was not renewed for this long is void if nobody answers for it, in milliseconds. */
export const LEASE_MS = 5_000;
const RENEW_MS = 1_500;
/** How long the holder has to answer, in milliseconds. */
const ANSWER_MS = 250;
/** Two tabs may write a lease in the same moment; the later stands after this long, in milliseconds. */
const SETTLE_MS = 60;

const CLAIM_PREFIX = 'nexus-mesh room ';

/** Rooms that a tab of this browser holds now, this tab's own included. For showing only: `claimRoom` decides. */
export async function claimedRooms(): Promise<ReadonlySet<string>> {
  const locks = navigator.locks as LockManager | undefined;
  const names = locks ? ((await locks.query()).held ?? []).map(({ name }) => name ?? '') : freshLeases();
  return new Set(names.filter((name) => name.startsWith(CLAIM_PREFIX)).map((name) => name.slice(CLAIM_PREFIX.length)));
}

function freshLeases(): string[] {
  return Object.keys(localStorage).filter((name) => {
    const lease = name.startsWith(CLAIM_PREFIX) ? readLease(localStorage, name) : undefined;
    return lease !== undefined && systemClock.now() - lease.atMs < LEASE_MS;
  });
}

/** @param isOwn this tab held the room before its reload: whatever holds it now is most likely on its way out. */
export function claimRoom(
  roomId: string,
  isOwn = false,
  environment: ClaimEnvironment = browserEnvironment(),
): Promise<ClaimResult> {
  const name = CLAIM_PREFIX + roomId;
  const { locks } = environment;
  if (!locks) return new LeaseClaim(name, environment).claim();
  return claimByLock(name, locks, isOwn ? OWN_LOCK_WAIT_MS : LOCK_WAIT_MS);
}

/** A free lock is taken however busy the page is; the time limit is only for one that somebody holds. */
async function claimByLock(name: string, locks: Pick<LockManager, 'request'>, waitMs: number): Promise<ClaimResult> {
  const free = await takeLock(name, locks, { ifAvailable: true });
  return free ?? (await takeLock(name, locks, { signal: AbortSignal.timeout(waitMs) })) ?? { kind: 'held' };
}

function takeLock(
  name: string,
  locks: Pick<LockManager, 'request'>,
  options: { readonly ifAvailable: true } | { readonly signal: AbortSignal },
): Promise<ClaimResult | null> {
  return new Promise((resolve, reject) => {
    const hold = (lock: Lock | null): Promise<void> => {
      if (!lock) {
        resolve(null);
        return Promise.resolve();
      }
      return new Promise<void>((release) => {
        resolve({ kind: 'claimed', claim: { release, onLost: () => {} } });
      });
    };
    locks.request(name, options, hold).catch((thrown: unknown) => {
      if ('signal' in options && options.signal.aborted) resolve(null);
      else reject(thrown);
    });
  });
}

interface Lease {
  readonly tabId: string;
  readonly pageId: string;
  readonly atMs: number;
}

class LeaseClaim implements RoomClaim {
  readonly #name: string;
  readonly #environment: ClaimEnvironment;
  #channel: ClaimChannel | undefined;
  #stopTimer: () => void = () => {};
  #lost: () => void = () => {};

  constructor(name: string, environment: ClaimEnvironment) {
    this.#name = name;
    this.#environment = environment;
  }

  async claim(): Promise<ClaimResult> {
    const { clock, tabId } = this.#environment;
    const lease = this.#lease();
    if (lease) {
      const isFresh = clock.now() - lease.atMs < LEASE_MS;
      if ((await this.#holderAnswers()) || (isFresh && lease.tabId !== tabId)) return { kind: 'held' };
    }
    this.#write();
    await this.#wait(SETTLE_MS);
    if (!this.#isMine()) return { kind: 'held' };
    this.#answer();
    this.#renewLater();
    return { kind: 'claimed', claim: this };
  }

  release(): void {
    if (!this.#channel) return;
    if (this.#isMine()) this.#environment.leases.removeItem(this.#name);
    this.#end();
  }

  onLost(listener: () => void): void {
    this.#lost = listener;
  }

  #holderAnswers(): Promise<boolean> {
    const channel = this.#environment.openChannel(this.#name);
    return new Promise<boolean>((resolve) => {
      const stop = this.#environment.clock.after(ANSWER_MS, () => resolve(false));
      channel.onMessage((message) => {
        if (message !== 'here') return;
        stop();
        resolve(true);
      });
      channel.post('who');
    }).finally(() => channel.close());
  }

  #answer(): void {
    const channel = this.#environment.openChannel(this.#name);
    this.#channel = channel;
    channel.onMessage((message) => {
      if (message === 'who' && this.#isMine()) channel.post('here');
    });
  }

  #renewLater(): void {
    this.#stopTimer = this.#environment.clock.after(RENEW_MS, () => {
      if (!this.#isMine()) {
        this.#end();
        this.#lost();
        return;
      }
      this.#write();
      this.#renewLater();
    });
  }

  #end(): void {
    this.#stopTimer();
    this.#channel?.close();
    this.#channel = undefined;
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#environment.clock.after(delayMs, resolve));
  }

  #write(): void {
    const { leases, tabId, pageId, clock } = this.#environment;
    leases.setItem(this.#name, JSON.stringify({ tabId, pageId, atMs: clock.now() } satisfies Lease));
  }

  #isMine(): boolean {
    return this.#lease()?.pageId === this.#environment.pageId;
  }

  #lease(): Lease | undefined {
    return readLease(this.#environment.leases, this.#name);
  }
}

function readLease(leases: Pick<LeaseStore, 'getItem'>, name: string): Lease | undefined {
  try {
    const value: unknown = JSON.parse(leases.getItem(name) ?? 'null');
    return isLease(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isLease(value: unknown): value is Lease {
  if (typeof value !== 'object' || value === null) return false;
  const { tabId, pageId, atMs } = value as Record<string, unknown>;
  return typeof tabId === 'string' && typeof pageId === 'string' && typeof atMs === 'number';
}

const TAB_KEY = 'nexus-mesh tab';
let ownPageId: string | undefined;

function browserEnvironment(): ClaimEnvironment {
  ownPageId ??= randomId();
  const tabId = sessionStorage.getItem(TAB_KEY) ?? randomId();
  sessionStorage.setItem(TAB_KEY, tabId);
  return {
    locks: navigator.locks as LockManager | undefined,
    leases: localStorage,
    openChannel,
    clock: systemClock,
    tabId,
    pageId: ownPageId,
  };
}

function openChannel(name: string): ClaimChannel {
  const channel = new BroadcastChannel(name);
  return {
    post: (message) => channel.postMessage(message),
    onMessage(listener) {
      channel.onmessage = ({ data }) => listener(String(data));
    },
    close: () => channel.close(),
  };
}

function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(36)).join('');
}
