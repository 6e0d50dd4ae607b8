/** Signaling servers as processes of their own, and crowds of bare clients for them, over loopback. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { WebSocket } from 'ws';

const ROOT = path.resolve(import.meta.dirname, '../..');
const READY_MS = 20_000;
/** Sockets that are being opened at once. */
const OPENING = 50;
const OPEN_MS = 20_000;

export interface Memory {
  /** JavaScript's, and what hangs on it. */
  readonly heap: number;
  /** Of the whole process. */
  readonly rss: number;
}

export interface LoadedServer {
  readonly port: number;
  /** Processor time since it began, in µs. */
  cpuUs(): Promise<number>;
  /** After a collection. */
  memory(): Promise<Memory>;
  close(): Promise<void>;
}

export type ServerName = 'ours' | 'peer';

/** At the same path and key. */
export async function startLoadedServer(name: ServerName, port: number): Promise<LoadedServer> {
  const command =
    name === 'ours'
      ? ['--import', 'tsx', 'signaling/main.ts', '--port', String(port), '--trust-proxy']
      : [
          'node_modules/peer/dist/bin/peerjs.js',
          '--port',
          String(port),
          '--path',
          '/signal',
          '--concurrent_limit',
          '20000',
        ];
  const child = spawn(process.execPath, ['--expose-gc', '--import', './test/bench/server-probe.mjs', ...command], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  process.once('exit', () => child.kill('SIGKILL'));
  await answers(port, child);
  const ask = async <T>(what: 'cpu' | 'memory'): Promise<T> => {
    child.send(what);
    const [answer] = (await once(child, 'message')) as [T];
    return answer;
  };
  return {
    port,
    cpuUs: () => ask<number>('cpu'),
    memory: () => ask<Memory>('memory'),
    async close() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

async function answers(port: number, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + READY_MS;
  for (;;) {
    const isUp = await fetch(`http://127.0.0.1:${port}/signal/`).then(
      (response) => response.ok,
      () => false,
    );
    if (isUp) return;
    if (performance.now() > deadline || child.exitCode !== null) throw new Error('The signaling server did not start.');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

let serial = 0;

export class LoadClient {
  readonly id = `client-${++serial}`;
  onMessage: (message: { type: string; src: string }) => void = () => {};
  readonly #ws: WebSocket;

  private constructor(port: number) {
    const query = `key=peerjs&id=${this.id}&token=token-${serial}`;
    // As many network addresses as clients, as it is for a public endpoint behind a proxy.
    const address = `10.${(serial >> 16) & 255}.${(serial >> 8) & 255}.${serial & 255}`;
    this.#ws = new WebSocket(`ws://127.0.0.1:${port}/signal/peerjs?${query}`, {
      headers: { 'X-Forwarded-For': address },
      perMessageDeflate: false,
    });
  }

  static open(port: number): Promise<LoadClient> {
    const client = new LoadClient(port);
    const ws = client.#ws;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('A client did not get in.')), OPEN_MS);
      ws.once('error', reject);
      ws.on('message', (data) => {
        const message = JSON.parse(String(data)) as { type: string; src: string };
        if (message.type !== 'OPEN') return client.onMessage(message);
        clearTimeout(timer);
        resolve(client);
      });
    });
  }

  send(type: string, dst: string, payload: unknown): void {
    this.#ws.send(JSON.stringify({ type, dst, payload }));
  }

  close(): void {
    this.#ws.terminate();
  }
}

export async function openCrowd(port: number, count: number): Promise<LoadClient[]> {
  const clients: LoadClient[] = [];
  for (let done = 0; done < count; done += OPENING) {
    const some = Array.from({ length: Math.min(OPENING, count - done) }, () => LoadClient.open(port));
    clients.push(...(await Promise.all(some)));
  }
  return clients;
}

const SDP = { type: 'offer', sdp: `v=0\r\n${'a=candidate and what a data channel needs\r\n'.repeat(16)}` };
const OFFER = {
  sdp: SDP,
  type: 'data',
  connectionId: 'dc_abcdefghijk',
  label: 'nexus',
  reliable: true,
  serialization: 'raw',
};
const ANSWER = { sdp: SDP, type: 'data', connectionId: 'dc_abcdefghijk' };
const CANDIDATE = {
  candidate: {
    candidate:
      'candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr 10.0.0.5 rport 46154 generation 0',
    sdpMLineIndex: 0,
    sdpMid: '0',
  },
  type: 'data',
  connectionId: 'dc_abcdefghijk',
};
const CANDIDATES_EACH = 4;

/** An offer, its answer and four candidates from either side. */
function introduce(guest: LoadClient, host: LoadClient): Promise<void> {
  return new Promise((resolve) => {
    let left = 2 * CANDIDATES_EACH;
    const candidate = (): void => {
      if (--left === 0) resolve();
    };
    host.onMessage = ({ type, src }) => {
      if (type === 'CANDIDATE') return candidate();
      host.send('ANSWER', src, ANSWER);
      for (let count = 0; count < CANDIDATES_EACH; count++) host.send('CANDIDATE', src, CANDIDATE);
    };
    guest.onMessage = ({ type }) => {
      if (type === 'CANDIDATE') candidate();
    };
    guest.send('OFFER', host.id, OFFER);
    for (let count = 0; count < CANDIDATES_EACH; count++) guest.send('CANDIDATE', host.id, CANDIDATE);
  });
}

/** So many introductions, some at once, each of another two of the crowd: nobody sends more than a person's page would. */
export async function introductions(crowd: readonly LoadClient[], count: number, atOnce: number): Promise<void> {
  const pairs = Math.floor(crowd.length / 2);
  let next = 0;
  const work = async (): Promise<void> => {
    for (let mine = next++; mine < count; mine = next++) {
      const at = 2 * (mine % pairs);
      await introduce(crowd[at] as LoadClient, crowd[at + 1] as LoadClient);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

/** Milliseconds from sending an offer to its arrival at another client. */
export async function relayTimes(from: LoadClient, to: LoadClient, count: number, everyMs: number): Promise<number[]> {
  const times: number[] = [];
  for (let sent = 0; sent < count; sent++) {
    const began = performance.now();
    await new Promise<void>((resolve) => {
      to.onMessage = () => resolve();
      from.send('OFFER', to.id, OFFER);
    });
    times.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  return times;
}
