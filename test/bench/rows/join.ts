/** How long a guest takes to be in, and what comes over the wire for it, beside the compressed workflow file. */
import { gzipSync } from 'node:zlib';
import { call } from '../lab.ts';
import { openPair } from '../links.ts';
import type { JoinTimes } from '../pages/parts/our-guest.ts';
import type { WireCount } from '../pages/parts/wire-count.ts';
import type { Row } from '../row.ts';
import { median } from '../stats.ts';
import { makeWorkflow } from '../workflow.ts';

const SIZES: readonly (readonly [nodes: number, joins: number])[] = [
  [10, 5],
  [100, 5],
  [1_000, 5],
  [10_000, 3],
];
const AIM = { on: 'ratio', atMost: 1.15 } as const;

interface Join extends JoinTimes {
  readonly down: number;
  readonly up: number;
  /** Of `down`: the snapshot, on the bulk channel. */
  readonly snapshot: number;
}

export const join: Row = {
  name: 'join',
  title: 'Joining: from nothing to the whole workflow, through signaling and handshake',
  async run(lab, report) {
    const signaling = await lab.signaling();
    for (const [nodes, joins] of SIZES) {
      const { a, b } = await openPair(lab);
      const link = await call<string>(a, 'hostOpen', signaling, nodes);
      const taken: Join[] = [];
      for (let index = 0; index < joins; index++) {
        const before = { down: await call<WireCount>(a, 'wireCount'), up: await call<WireCount>(b, 'wireCount') };
        const times = await call<JoinTimes & { guest: number }>(b, 'guestJoin', signaling, link, nodes);
        const after = { down: await call<WireCount>(a, 'wireCount'), up: await call<WireCount>(b, 'wireCount') };
        await call(b, 'guestLeave', times.guest);
        taken.push({
          ...times,
          down: after.down.bytes - before.down.bytes,
          up: after.up.bytes - before.up.bytes,
          snapshot: after.down.bulkBytes - before.down.bulkBytes,
        });
      }
      const middle = (of: (join: Join) => number): number => median(taken.map(of));
      const size = nodes.toLocaleString('en');
      const file = gzipSync(JSON.stringify(makeWorkflow(nodes))).length;
      const beside = { what: 'gzip of the file', value: file };
      const fixed = middle((one) => one.down - one.snapshot);
      report({
        what: `${size} nodes: host to guest, all of it`,
        value: middle((one) => one.down),
        unit: 'B',
        beside,
        aim: AIM,
        note: `of which handshake, welcome and people: ${fixed} B (keys, signatures, ids, names: the same for any file); guest to host: ${middle((one) => one.up)} B`,
      });
      report({ what: `${size} nodes: the workflow alone`, value: middle((one) => one.snapshot), unit: 'B', beside });
      report({
        what: `${size} nodes: time until live`,
        value: middle((one) => one.live),
        unit: 'ms',
        samples: joins,
        note: `of which until the handshake is done: ${middle((one) => one.connected).toFixed(0)} ms; the first join: ${taken[0]!.live.toFixed(0)} ms`,
      });
      await lab.closePages();
    }
  },
};
