/** The signaling endpoint beside the reference PeerServer (`peer`), each in a process of its own, over loopback. */
import { freePort } from '../../support/free-port.ts';
import type { Row } from '../row.ts';
import {
  introductions,
  type LoadClient,
  type LoadedServer,
  type Memory,
  openCrowd,
  relayTimes,
  type ServerName,
  startLoadedServer,
} from '../signaling-load.ts';
import { median, summary } from '../stats.ts';

/** Before the first look at memory, so that code and tables are there; and at the second. */
const FIRST_CLIENTS = 1_000;
const IDLE_CLIENTS = 5_000;
const INTRODUCTIONS = 2_000;
const AT_ONCE = 20;
const ROUNDS = 5;
const RELAYS = 1_000;
const RELAY_EVERY_MS = 4;

interface Load {
  introductionUs: number;
  /** Bytes of one idle client. */
  idle: Memory;
  relayMs: number[];
}

export const signaling: Row = {
  name: 'signaling',
  title: `Signaling: our endpoint beside peer, each alone with ${IDLE_CLIENTS.toLocaleString('en-US')} idle clients`,
  async run(_lab, report) {
    const ours = await measure('ours');
    const peer = await measure('peer');
    report({
      what: 'processor time of an introduction',
      value: ours.introductionUs,
      unit: 'µs',
      beside: { what: 'peer', value: peer.introductionUs },
      aim: { on: 'ratio', atMost: 0.5 },
      note: 'an offer, an answer and 8 candidates; user and system time of the server',
    });
    for (const [what, of, more] of [
      ['memory of an idle client', 'rss', { aim: { on: 'value', atMost: 8 }, note: 'of the whole process, collected' }],
      ['of it JavaScript’s', 'heap', { note: 'heap and what hangs on it; the rest is Node’s own, the same for both' }],
    ] as const) {
      const [value, beside] = [ours.idle[of] / 1000, peer.idle[of] / 1000];
      report({ what, value, unit: 'kB', beside: { what: 'peer', value: beside }, ...more });
    }
    report({
      what: 'an offer’s way through it',
      unit: 'ms',
      ...summary(ours.relayMs),
      beside: { what: 'peer', value: median(peer.relayMs) },
      note: `p99 beside: ${summary(peer.relayMs).p99?.toFixed(2)} ms`,
    });
  },
};

async function measure(name: ServerName): Promise<Load> {
  const server = await startLoadedServer(name, await freePort());
  const crowd: LoadClient[] = [];
  try {
    crowd.push(...(await openCrowd(server.port, FIRST_CLIENTS)));
    const before = await settled(server);
    crowd.push(...(await openCrowd(server.port, IDLE_CLIENTS - FIRST_CLIENTS)));
    const after = await settled(server);
    const introductionUs = await introductionCost(server, crowd);
    const [from, to] = [crowd.at(-1) as LoadClient, crowd.at(-2) as LoadClient];
    const relayMs = await relayTimes(from, to, RELAYS, RELAY_EVERY_MS);
    const each = (of: keyof Memory): number => (after[of] - before[of]) / (IDLE_CLIENTS - FIRST_CLIENTS);
    return { introductionUs, idle: { heap: each('heap'), rss: each('rss') }, relayMs };
  } finally {
    for (const client of crowd) client.close();
    await server.close();
  }
}

/** When what opening left behind is gone. */
async function settled(server: LoadedServer): Promise<Memory> {
  let last = await server.memory();
  for (let looks = 0; looks < 20; looks++) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const now = await server.memory();
    if (Math.abs(now.heap - last.heap) < 100_000) return now;
    last = now;
  }
  return last;
}

async function introductionCost(server: LoadedServer, crowd: readonly LoadClient[]): Promise<number> {
  await introductions(crowd, INTRODUCTIONS, AT_ONCE);
  const costs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = await server.cpuUs();
    await introductions(crowd, INTRODUCTIONS, AT_ONCE);
    costs.push(((await server.cpuUs()) - before) / INTRODUCTIONS);
  }
  return median(costs);
}
