/** The reference PeerServer (package `peer`) on a free port: what our signaling, and our client, must agree with. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { freePort } from './free-port.ts';

const READY_MS = 15_000;
const BIN = path.resolve(import.meta.dirname, '../../node_modules/peer/dist/bin/peerjs.js');

export interface ReferencePeerServer {
  port: number;
  close(): Promise<void>;
}

/** Serves at the same path as ours. In a process of its own: it has no way to stop its timers, and one bad frame ends it. */
export async function startReferencePeerServer(): Promise<ReferencePeerServer> {
  const port = await freePort();
  const args = ['--port', port, '--host', '127.0.0.1', '--path', '/signal', '--expire_timeout', 1_000];
  const child = spawn(process.execPath, [BIN, ...args.map(String)], {
    stdio: 'ignore',
  });
  const exited = once(child, 'exit');
  process.once('exit', () => child.kill('SIGKILL'));
  const close = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  const deadline = performance.now() + READY_MS;
  while (!(await answers(port))) {
    if (performance.now() < deadline && child.exitCode === null) continue;
    await close();
    throw new Error('The reference PeerServer did not start.');
  }
  return { port, close };
}

async function answers(port: number): Promise<boolean> {
  await new Promise((resolve) => setTimeout(resolve, 100));
  return fetch(`http://127.0.0.1:${port}/signal/`).then(
    (response) => response.ok,
    () => false,
  );
}
