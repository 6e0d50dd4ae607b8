/**
 * A guest's part in a swarm: fetches assets in pieces from the host and from other guests, and gives what it has to others. Only
 * what the host listed travels so: whether something may be had at all is the host's to say. Knows no network: messages go out by
 * ports, come in by `fromHost` and `fromGuest`.
 */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import type { Clock } from '../protocol/clock.ts';
import { errorFromPeer, MeshError } from '../protocol/errors.ts';
import { HASH_BYTES } from './asset-messages.ts';
import type { FetchOptions } from './assets.ts';
import { bitsOf, PieceStore, pieceCount } from './pieces.ts';
import { SwarmDownload } from './swarm-download.ts';
import type { SwarmPort } from './swarm-host.ts';
import { decodeSwarmMessage, encodeSwarmMessage, type SwarmMessage } from './swarm-messages.ts';

const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;
/** Bytes of assets that a page holds for others and for going on, together. */
const MAX_HELD_BYTES = 128 * 1024 * 1024;
/** Pieces asked of the host at a time: more while there is nobody else. */
const HOST_PIECES = { alone: 6, together: 2 } as const;
/** After `wait` the host is asked again so much later, and a guest who is silent for so long is passed over, in milliseconds. */
const WAIT_MS = 250;
const SILENT_MS = 8_000;
/** With nothing new for so long the asset is given up here, and fetched in the other way, in milliseconds. */
const STUCK_MS = 15_000;
/** Assets that one guest is remembered to seek, and pieces on their way to it. */
const MAX_SOUGHT = 64;
const MAX_SENDING = 8;

export interface SwarmOptions {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** This guest gave a piece that is not what the host listed. */
  onFalse(page: number, error: MeshError): void;
}

interface Fetching {
  readonly promise: Promise<Uint8Array>;
  resolve(bytes: Uint8Array): void;
  reject(error: MeshError): void;
  readonly maxBytes: number;
  readonly onProgress: FetchOptions['onProgress'];
  download: SwarmDownload | undefined;
  /** Pieces asked of the host and not come yet. */
  atHost: number;
  hostAgainMs: number;
  movedMs: number;
}

interface Guest {
  readonly port: SwarmPort;
  readonly seeks: Set<string>;
  sending: number;
}

export class Swarm {
  readonly #options: SwarmOptions;
  readonly #guests = new Map<number, Guest>();
  readonly #fetching = new Map<string, Fetching>();
  /** Oldest first: whole ones, and what is here of others. */
  readonly #stores = new Map<string, PieceStore>();
  #host: SwarmPort | undefined;
  #stopTimer: (() => void) | undefined;

  constructor(options: SwarmOptions) {
    this.#options = options;
  }

  /** Rejects with `asset-…` or `link-lost`: then the asset may still be had from the host as a whole. */
  fetch(hash: string, options: Omit<FetchOptions, 'signal'> = {}): Promise<Uint8Array> {
    const running = this.#fetching.get(hash);
    if (running) return running.promise;
    if (!this.#host) return Promise.reject(new MeshError('link-lost', 'The host is away. Try again when it is back.'));
    let resolve: (bytes: Uint8Array) => void = () => {};
    let reject: (error: MeshError) => void = () => {};
    const promise = new Promise<Uint8Array>((done, fail) => {
      resolve = done;
      reject = fail;
    });
    const { maxBytes = DEFAULT_MAX_BYTES, onProgress } = options;
    const movedMs = this.#options.clock.now();
    const fetching = {
      promise,
      resolve,
      reject,
      maxBytes,
      onProgress,
      download: undefined,
      atHost: 0,
      hostAgainMs: 0,
      movedMs,
    };
    this.#fetching.set(hash, fetching);
    this.#toHost({ t: 'seek', hash: hexToBytes(hash) });
    this.#tick();
    return promise;
  }

  /** The link to the host, or none for now. What is under way waits for the next one, for a while. */
  host(port: SwarmPort | undefined): void {
    this.#host = port;
    for (const [hash, fetching] of this.#fetching) {
      fetching.atHost = 0;
      if (port) this.#toHost({ t: 'seek', hash: hexToBytes(hash) });
    }
  }

  joined(page: number, port: SwarmPort): void {
    this.#guests.set(page, { port, seeks: new Set(), sending: 0 });
    for (const [hash, { download }] of this.#fetching)
      if (download) this.#toGuest(page, { t: 'seek', hash: hexToBytes(hash) });
  }

  left(page: number): void {
    this.#guests.delete(page);
    for (const [hash, { download }] of this.#fetching) {
      download?.gone(page);
      this.#pump(hash);
    }
  }

  /** For good. */
  close(): void {
    this.#stopTimer?.();
    for (const hash of [...this.#fetching.keys()]) this.#fail(hash, new MeshError('left', 'You left the session.'));
    this.#guests.clear();
  }

  /** Throws a MeshError for which the link is to be closed. */
  fromHost(bytes: Uint8Array): void {
    const message = decodeSwarmMessage(bytes);
    const hash = bytesToHex(message.hash);
    const fetching = this.#fetching.get(hash);
    if (!fetching) return;
    switch (message.t) {
      case 'list':
        return this.#begin(hash, fetching, message.size, message.sums);
      case 'none':
        return this.#fail(hash, errorFromPeer(message.code, message.reason, 'asset-refused'));
      case 'wait':
        fetching.atHost = Math.max(0, fetching.atHost - 1);
        fetching.hostAgainMs = this.#options.clock.now() + WAIT_MS;
        return this.#tick();
      case 'piece':
        fetching.atHost = Math.max(0, fetching.atHost - 1);
        if (this.#put(hash, fetching, message.index, message.data)) return;
        return this.#fail(hash, new MeshError('asset-corrupt', 'A piece of the file arrived damaged. Try again.'));
      default:
        throw new MeshError('protocol-fault', `The host sent "${message.t}" about a shared file.`);
    }
  }

  /** Throws a MeshError for which the guest is to be distrusted. */
  fromGuest(page: number, bytes: Uint8Array): void {
    const message = decodeSwarmMessage(bytes);
    const guest = this.#guests.get(page);
    if (!guest) return;
    const hash = bytesToHex(message.hash);
    const download = this.#fetching.get(hash)?.download;
    switch (message.t) {
      case 'seek':
        return this.#sought(page, guest, hash);
      case 'want':
        return void this.#give(guest, hash, message.hash, message.index);
      case 'has':
        download?.hasAll(page, message.bits);
        return this.#pump(hash);
      case 'got':
        download?.hasOne(page, message.index);
        return this.#pump(hash);
      case 'no':
        download?.lacks(page, message.index);
        return this.#pump(hash);
      case 'piece':
        return this.#onPiece(page, hash, message.index, message.data);
      default:
        throw new MeshError('protocol-fault', `A guest sent "${message.t}" about a shared file.`);
    }
  }

  // ---- Taking

  #begin(hash: string, fetching: Fetching, size: number, sums: Uint8Array): void {
    if (fetching.download) return this.#pump(hash);
    if (size > fetching.maxBytes) {
      const error = `The file has ${size} bytes; at most ${fetching.maxBytes} are taken.`;
      return this.#fail(hash, new MeshError('asset-too-large', error));
    }
    if (sums.length !== pieceCount(size) * HASH_BYTES) {
      return this.#fail(hash, new MeshError('asset-corrupt', 'The list of the file’s pieces does not fit its size.'));
    }
    const store = this.#stores.get(hash) ?? new PieceStore(hash, size, sums);
    this.#hold(store);
    fetching.download = new SwarmDownload(store);
    if (store.isWhole) return this.#finish(hash, fetching, store);
    for (const page of this.#guests.keys()) this.#toGuest(page, { t: 'seek', hash: hexToBytes(hash) });
    this.#pump(hash);
  }

  #onPiece(page: number, hash: string, index: number, data: Uint8Array): void {
    const fetching = this.#fetching.get(hash);
    // What was asked of it and taken back since; what nobody asked for is no use either.
    if (!fetching?.download?.wasAsked(page, index)) return;
    if (this.#put(hash, fetching, index, data)) return;
    fetching.download.gone(page);
    this.#guests.delete(page);
    this.#options.onFalse(page, new MeshError('asset-corrupt', 'A guest gave a false piece of a file.'));
    this.#pump(hash);
  }

  #put(hash: string, fetching: Fetching, index: number, data: Uint8Array): boolean {
    const { download } = fetching;
    if (!download) return true;
    const { store } = download;
    if (!store.put(index, data)) return false;
    download.arrived(index);
    fetching.movedMs = this.#options.clock.now();
    fetching.onProgress?.({ receivedBytes: store.heldBytes, totalBytes: store.size });
    for (const [page, { seeks }] of this.#guests) {
      if (seeks.has(hash)) this.#toGuest(page, { t: 'got', hash: hexToBytes(hash), index });
    }
    if (store.isWhole) this.#finish(hash, fetching, store);
    else this.#pump(hash);
    return true;
  }

  #finish(hash: string, fetching: Fetching, store: PieceStore): void {
    const whole = store.whole();
    if (whole) {
      this.#fetching.delete(hash);
      return fetching.resolve(whole);
    }
    this.#stores.delete(hash);
    this.#fail(hash, new MeshError('asset-corrupt', 'What arrived is not what was asked for: its checksum differs.'));
  }

  #fail(hash: string, error: MeshError): void {
    this.#fetching.get(hash)?.reject(error);
    this.#fetching.delete(hash);
  }

  #pump(hash: string): void {
    const fetching = this.#fetching.get(hash);
    const download = fetching?.download;
    if (!fetching || !download) return;
    const { clock, random } = this.#options;
    for (const { peer, index } of download.next(clock.now(), random)) {
      this.#toGuest(peer, { t: 'want', hash: hexToBytes(hash), index });
    }
    this.#askHost(hash, fetching, download);
  }

  #askHost(hash: string, fetching: Fetching, download: SwarmDownload): void {
    const linked = this.#guests.size;
    const most = linked > 0 ? HOST_PIECES.together : HOST_PIECES.alone;
    if (!this.#host || this.#options.clock.now() < fetching.hostAgainMs) return;
    const missing = new Set(download.atHostOnly());
    const bits = bitsOf(download.store.count, (index) => !missing.has(index));
    while (fetching.atHost < Math.min(most, missing.size)) {
      fetching.atHost += 1;
      this.#toHost({ t: 'next', hash: hexToBytes(hash), bits, linked });
    }
  }

  /** While something is under way: asks the host again, passes over who is silent, gives up what is stuck. */
  #tick(): void {
    if (this.#stopTimer || this.#fetching.size === 0) return;
    this.#stopTimer = this.#options.clock.after(WAIT_MS, () => {
      this.#stopTimer = undefined;
      const nowMs = this.#options.clock.now();
      for (const [hash, { download, movedMs }] of [...this.#fetching]) {
        for (const page of download?.silentSince(nowMs - SILENT_MS) ?? []) download?.gone(page);
        if (nowMs - movedMs > STUCK_MS) this.#fail(hash, new MeshError('asset-timeout', 'The pieces stopped coming.'));
        else this.#pump(hash);
      }
      this.#tick();
    });
  }

  // ---- Giving

  #sought(page: number, guest: Guest, hash: string): void {
    guest.seeks.add(hash);
    for (const oldest of guest.seeks) if (guest.seeks.size > MAX_SOUGHT) guest.seeks.delete(oldest);
    const store = this.#stores.get(hash);
    if (store) this.#toGuest(page, { t: 'has', hash: hexToBytes(hash), bits: store.bits });
  }

  async #give(guest: Guest, hash: string, hashBytes: Uint8Array, index: number): Promise<void> {
    const data = guest.sending < MAX_SENDING ? this.#stores.get(hash)?.get(index) : undefined;
    if (!data) return guest.port.send(encodeSwarmMessage({ t: 'no', hash: hashBytes, index }));
    guest.sending += 1;
    await guest.port.drained();
    guest.sending -= 1;
    guest.port.send(encodeSwarmMessage({ t: 'piece', hash: hashBytes, index, data }));
  }

  /** The newest last; over the quota the oldest that nobody here waits for are let go. */
  #hold(store: PieceStore): void {
    this.#stores.delete(store.hash);
    this.#stores.set(store.hash, store);
    let bytes = [...this.#stores.values()].reduce((sum, { size }) => sum + size, 0);
    for (const [hash, { size }] of [...this.#stores]) {
      if (bytes <= MAX_HELD_BYTES) return;
      if (this.#fetching.has(hash)) continue;
      this.#stores.delete(hash);
      bytes -= size;
    }
  }

  #toHost(message: SwarmMessage): void {
    this.#host?.send(encodeSwarmMessage(message));
  }

  #toGuest(page: number, message: SwarmMessage): void {
    this.#guests.get(page)?.port.send(encodeSwarmMessage(message));
  }
}
