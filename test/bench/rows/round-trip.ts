/** Round trips between two browser processes: a bare data channel, y-webrtc and ours, in turns, so that all meet the same noise. */
import { call } from '../lab.ts';
import { linkEcho, linkOurs, linkRaw, linkYWebrtc, openPair, type PagePair } from '../links.ts';
import type { Figure, Row } from '../row.ts';
import { median, summary } from '../stats.ts';

const NODES = 1_000;
const ROUNDS = 10;
/** Under the host's limit of 300 messages a second from one guest, whose burst is 3,000. */
const SAMPLES_PER_ROUND = 100;
const WARM_UP = 50;
const STREAM_BYTES = 24 * 1024 * 1024;

const CONTESTANTS = ['raw', 'echo', 'y', 'confirmed', 'answered', 'seen'] as const;
type Contestant = (typeof CONTESTANTS)[number];
const CALLS: Readonly<Record<Contestant, string>> = {
  raw: 'rawRoundTrips',
  echo: 'echoRoundTrips',
  y: 'yRoundTrips',
  confirmed: 'guestConfirmations',
  answered: 'guestAnswers',
  seen: 'guestSights',
};
const WITHIN_TWICE = { on: 'ratio', atMost: 2 } as const;
const NOT_BEHIND = { on: 'ratio', atMost: 1 } as const;

export const roundTrip: Row = {
  name: 'round-trip',
  title: 'Edit round trip between two browser processes, 1,000 nodes',
  async run(lab, report) {
    const pair = await openPair(lab);
    await linkRaw(pair);
    await linkYWebrtc(lab, pair, NODES);
    await linkEcho(lab, pair);
    await linkOurs(lab, pair, NODES, 2);
    await call(pair.a, 'yEcho');
    const samples = await takeTurns(pair);
    const figure = (who: Contestant, what: string, more: Partial<Figure> = {}): void =>
      report({ what, unit: 'ms', ...summary(samples[who]), ...more });
    const raw = { what: 'raw', value: median(samples.raw) };
    figure('raw', 'raw data channel, 64 B there and back');
    figure('echo', 'our connection alone, 64 B there and back', { beside: raw });
    figure('y', 'y-webrtc: edit, seen, edited back', { beside: raw });
    figure('confirmed', 'ours: edit of a guest, confirmed by the host', { beside: raw, aim: WITHIN_TWICE });
    figure('seen', 'ours: edit of a guest, seen by another guest', { beside: raw, aim: WITHIN_TWICE });
    figure('answered', 'ours: edit of a guest, seen by the host, edited back', {
      beside: { what: 'y-webrtc', value: median(samples.y) },
      aim: NOT_BEHIND,
    });
    const value = await call<number>(pair.b, 'rawThroughput', STREAM_BYTES);
    report({ what: 'raw data channel, stream of 64 KiB messages', unit: 'MB/s', value });
    await checkEqual(pair);
  },
};

async function takeTurns(pair: PagePair): Promise<Record<Contestant, number[]>> {
  const samples: Record<Contestant, number[]> = { raw: [], echo: [], y: [], confirmed: [], answered: [], seen: [] };
  for (const who of CONTESTANTS) await take(pair, who, WARM_UP);
  for (let round = 0; round < ROUNDS; round++) {
    for (const who of CONTESTANTS) samples[who].push(...(await take(pair, who, SAMPLES_PER_ROUND)));
  }
  return samples;
}

async function take({ a, b }: PagePair, who: Contestant, count: number): Promise<number[]> {
  if (who === 'answered') await call(a, 'hostEcho', true);
  const samples = await call<number[]>(b, CALLS[who], count);
  if (who === 'answered') await call(a, 'hostEcho', false);
  return samples;
}

/** Figures of documents that differ would be worth nothing. */
async function checkEqual({ a, b }: PagePair): Promise<void> {
  await b.waitForFunction(() =>
    (globalThis as unknown as { bench: { guestIsQuiet(guest: number): boolean } }).bench.guestIsQuiet(0),
  );
  const hashes = [await call(a, 'hostHash'), await call(b, 'guestHash', 0), await call(b, 'guestHash', 1)];
  if (new Set(hashes).size > 1) throw new Error(`The documents differ after the run: ${hashes.join(', ')}`);
}
