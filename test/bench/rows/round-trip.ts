/** Round trips between two browser processes: a bare data channel, y-webrtc and ours, in turns, so that all meet the same noise. */
import { call } from '../lab.ts';
import { linkEcho, linkRaw, linkYWebrtc, openPair } from '../links.ts';
import type { Row } from '../row.ts';
import { median, summary } from '../stats.ts';

const NODES = 1_000;
const ROUNDS = 10;
const SAMPLES_PER_ROUND = 150;
const WARM_UP = 100;
const STREAM_BYTES = 24 * 1024 * 1024;

export const roundTrip: Row = {
  name: 'round-trip',
  title: 'Edit round trip between two browser processes, 1,000 nodes',
  async run(lab, report) {
    const pair = await openPair(lab);
    await linkRaw(pair);
    await linkYWebrtc(lab, pair, NODES);
    await linkEcho(lab, pair);
    await call(pair.a, 'yEcho');
    const contestants = ['rawRoundTrips', 'echoRoundTrips', 'yRoundTrips'];
    const samples = new Map(contestants.map((name) => [name, [] as number[]]));
    for (const name of contestants) await call(pair.b, name, WARM_UP);
    for (let round = 0; round < ROUNDS; round++) {
      for (const name of contestants) {
        samples.get(name)!.push(...(await call<number[]>(pair.b, name, SAMPLES_PER_ROUND)));
      }
    }
    const raw = samples.get('rawRoundTrips')!;
    const besideRaw = { what: 'raw', value: median(raw) };
    report({ what: 'raw data channel, 64 B there and back', unit: 'ms', ...summary(raw) });
    report({
      what: 'y-webrtc: edit, seen, edited back',
      unit: 'ms',
      ...summary(samples.get('yRoundTrips')!),
      beside: besideRaw,
    });
    report({
      what: 'our connection alone, 64 B there and back',
      unit: 'ms',
      ...summary(samples.get('echoRoundTrips')!),
      beside: besideRaw,
    });
    report({
      what: 'raw data channel, stream of 64 KiB messages',
      unit: 'MB/s',
      value: await call<number>(pair.b, 'rawThroughput', STREAM_BYTES),
    });
  },
};
