/** A bare client of the signaling socket: sends anything, waits for what comes. */
import { type RawData, WebSocket } from 'ws';
import type { SignalingOptions } from '../../signaling/options.ts';
import { type RunningServer, startServer } from '../../signaling/server.ts';

const PATIENCE_MS = 5_000;

export interface Frame {
  type: string;
  src?: string;
  dst?: string;
  payload?: unknown;
}

export interface TestClient {
  ws: WebSocket;
  /** The next frame that has not been read yet; rejects if the socket closes or nothing comes. */
  next(): Promise<Frame>;
  /** Frames that have come and have not been read. */
  unread: Frame[];
  send(value: unknown): void;
  closed: Promise<{ code: number; reason: string }>;
}

export function serve(signaling: Partial<SignalingOptions> = {}): Promise<RunningServer> {
  return startServer({ host: '127.0.0.1', port: 0, signaling: { pingIntervalMs: 60_000, ...signaling } });
}

export function connect(port: number, query: Record<string, string>): TestClient {
  const ws = new WebSocket(`ws://127.0.0.1:${port}/signal/peerjs?${new URLSearchParams(query)}`);
  const unread: Frame[] = [];
  let wake = () => {};
  ws.on('error', () => undefined);
  ws.on('message', (data: RawData) => {
    unread.push(JSON.parse(String(data)) as Frame);
    wake();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    ws.on('close', (code, reason) => {
      resolve({ code, reason: String(reason) });
      wake();
    });
  });
  const next = async (): Promise<Frame> => {
    const deadline = performance.now() + PATIENCE_MS;
    while (unread.length === 0) {
      if (ws.readyState === WebSocket.CLOSED) throw new Error('The socket closed before a frame came.');
      if (performance.now() > deadline) throw new Error('No frame came.');
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, 250);
      });
    }
    return unread.shift()!;
  };
  const send = (value: unknown) =>
    ws.send(typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value));
  return { ws, next, unread, send, closed };
}

/** A client that is in. */
export async function join(port: number, id: string, token = `token-${id}`): Promise<TestClient> {
  const client = connect(port, { key: 'peerjs', id, token });
  const frame = await client.next();
  if (frame.type !== 'OPEN') throw new Error(`Expected OPEN, got ${JSON.stringify(frame)}`);
  return client;
}
