/** Bytes that one edit of each kind puts on the wire, in a graph of 1,000 nodes. */
import type { Page } from 'playwright-core';
import { call } from '../lab.ts';
import { linkYWebrtc, openPair } from '../links.ts';
import { EDIT_KINDS, EDIT_NAMES, type EditKind } from '../pages/parts/edit-kinds.ts';
import type { WireCount } from '../pages/parts/wire-count.ts';
import type { Row } from '../row.ts';

const NODES = 1_000;
const EDITS = 20;

export const bytes: Row = {
  name: 'bytes',
  title: 'Bytes of one edit on the wire, 1,000 nodes',
  async run(lab, report) {
    const pair = await openPair(lab);
    await linkYWebrtc(lab, pair, NODES);
    for (const kind of EDIT_KINDS) {
      const y = await yBytes(pair.a, pair.b, kind);
      report({ what: `${EDIT_NAMES[kind]}: y-webrtc`, value: y, unit: 'B' });
    }
  },
};

/** What the author sends; the other side answers nothing. */
async function yBytes(reader: Page, author: Page, kind: EditKind): Promise<number> {
  const before = await call<WireCount>(author, 'wireCount');
  for (let edit = 0; edit < EDITS; edit++) {
    const seen = await call<number>(reader, 'ySeen');
    await call(author, 'yEdit', kind);
    await reader.waitForFunction(
      (count) => (globalThis as unknown as { bench: { ySeen(): number } }).bench.ySeen() > count,
      seen,
    );
  }
  const after = await call<WireCount>(author, 'wireCount');
  return (after.bytes - before.bytes) / EDITS;
}
