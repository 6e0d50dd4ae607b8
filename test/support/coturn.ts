/** A TURN server (coturn, as Debian has it), where there is one. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from './free-port.ts';

const hasCoturn = ['turnserver', 'turnutils_uclient'].every((name) => spawnSync('which', [name]).status === 0);
/** Why a test is skipped; false: it is not. */
export const NO_COTURN = hasCoturn ? false : 'there is no coturn on this machine (Debian: apt-get install coturn)';

/** Relays over UDP and TCP at one address of this machine. */
export async function startCoturn(secret: string, ip = '127.0.0.1') {
  const folder = await mkdtemp(path.join(tmpdir(), 'nexus-coturn-'));
  const port = await freePort();
  const args = [
    ...[
      '-n',
      '--use-auth-secret',
      `--static-auth-secret=${secret}`,
      '--realm=nexus.test',
      '--no-cli',
      '--no-tls',
      '--no-dtls',
    ],
    ...[`--listening-ip=${ip}`, `--relay-ip=${ip}`, '--allow-loopback-peers', `--listening-port=${port}`],
    ...['--log-file=stdout', `--pidfile=${path.join(folder, 'pid')}`, `--userdb=${path.join(folder, 'db')}`],
  ];
  const child: ChildProcess = spawn('turnserver', args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder });
  const exited = once(child, 'exit');
  process.once('exit', () => child.kill('SIGKILL'));
  child.stdout?.resume();
  child.stderr?.resume();
  await reachable(port, ip);
  return {
    port,
    /** Whether a client with these credentials gets messages through a relay. */
    async relays(username: string, credential: string): Promise<boolean> {
      const client = spawn(
        'turnutils_uclient',
        ['-p', String(port), '-u', username, '-w', credential, '-y', '-c', '-n', '2', '-m', '1', ip],
        { stdio: ['ignore', 'pipe', 'pipe'] },
      );
      let log = '';
      for (const stream of [client.stdout, client.stderr]) stream.on('data', (chunk) => (log += String(chunk)));
      // With a wrong password it tries for ever.
      const timer = setTimeout(() => client.kill('SIGKILL'), 8_000);
      await once(client, 'close');
      clearTimeout(timer);
      return /Total lost packets 0/.test(log);
    },
    async stop(): Promise<void> {
      child.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** TURN answers over TCP as well, which tells that it is up. */
async function reachable(port: number, ip: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const socket = connectTcp(port, ip);
    const [event] = await Promise.race([
      once(socket, 'connect').then(() => ['up']),
      new Promise<string[]>((resolve) => socket.once('error', () => resolve(['down']))),
    ]);
    socket.destroy();
    if (event === 'up') return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('coturn did not start.');
}
