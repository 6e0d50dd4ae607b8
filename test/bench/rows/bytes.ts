/** Bytes that one edit of each kind puts on the wire, in a graph of 1,000 nodes. */
import type { Page } from 'playwright-core';
import { call } from '../lab.ts';
import { linkOurs, linkYWebrtc, openPair, type PagePair } from '../links.ts';
import { EDIT_KINDS, EDIT_NAMES, type EditKind } from '../pages/parts/edit-kinds.ts';
import type { WireCount } from '../pages/parts/wire-count.ts';
import type { Aim, Figure, Row } from '../row.ts';

const NODES = 1_000;
const EDITS = 20;
const QUIET_TIMEOUT_MS = 10_000;
const AIMS: Readonly<Partial<Record<EditKind, Aim>>> = {
  move: { on: 'value', atMost: 40 },
  widget: { on: 'value', atMost: 60 },
  link: { on: 'value', atMost: 100 },
};

export const bytes: Row = {
  name: 'bytes',
  title: 'Bytes of one edit on the wire, 1,000 nodes (payload of data channels; y-webrtc sends no answer)',
  async run(lab, report) {
    const yPair = await openPair(lab);
    await linkYWebrtc(lab, yPair, NODES);
    const y = new Map<EditKind, number>();
    for (const kind of EDIT_KINDS) y.set(kind, await yBytes(yPair, kind));
    await lab.closePages();
    const alone = await ourBytes(await ourPair(), EDIT_KINDS);
    const watched = await ourBytes(await ourPair(2), EDIT_KINDS);
    for (const kind of EDIT_KINDS) reportKind(kind, y.get(kind)!, alone.get(kind)!, watched.get(kind)!, report);

    async function ourPair(guests = 1): Promise<PagePair> {
      const pair = await openPair(lab);
      await linkOurs(lab, pair, NODES, guests);
      return pair;
    }
  },
};

/** What an edit costs in each direction. */
interface Cost {
  readonly up: number;
  readonly down: number;
  readonly messagesDown: number;
}

function reportKind(kind: EditKind, y: number, alone: Cost, watched: Cost, report: (figure: Figure) => void): void {
  const beside = { what: 'y-webrtc', value: y };
  const aim = AIMS[kind];
  const name = EDIT_NAMES[kind];
  report({ what: `${name}: guest to host`, value: alone.up, unit: 'B', beside, aim });
  report({ what: `${name}: host to another guest`, value: watched.down - alone.down, unit: 'B', beside, aim });
  const note = `in ${alone.messagesDown.toFixed(1)} messages: the host's word that it holds, and that it is saved`;
  report({ what: `${name}: host to its author`, value: alone.down, unit: 'B', note });
}

/** What the author sends; the other side answers nothing. */
async function yBytes({ a: reader, b: author }: PagePair, kind: EditKind): Promise<number> {
  const before = await wire(author);
  for (let edit = 0; edit < EDITS; edit++) {
    const seen = await call<number>(reader, 'ySeen');
    await call(author, 'yEdit', kind);
    await reader.waitForFunction(
      (count) => (globalThis as unknown as { bench: { ySeen(): number } }).bench.ySeen() > count,
      seen,
    );
  }
  return ((await wire(author)).bytes - before.bytes) / EDITS;
}

/** One edit at a time by the first guest, each confirmed and saved before the next. */
async function ourBytes({ a: host, b: guest }: PagePair, kinds: readonly EditKind[]): Promise<Map<EditKind, Cost>> {
  const costs = new Map<EditKind, Cost>();
  for (const kind of kinds) {
    const before = { up: await wire(guest), down: await wire(host) };
    for (let edit = 0; edit < EDITS; edit++) {
      await call(guest, 'guestEdit', 0, kind);
      await quiet(guest);
    }
    const after = { up: await wire(guest), down: await wire(host) };
    costs.set(kind, {
      up: (after.up.bytes - before.up.bytes) / EDITS,
      down: (after.down.bytes - before.down.bytes) / EDITS,
      messagesDown: (after.down.messages - before.down.messages) / EDITS,
    });
  }
  return costs;
}

const wire = (page: Page): Promise<WireCount> => call<WireCount>(page, 'wireCount');

async function quiet(guest: Page): Promise<void> {
  await guest.waitForFunction(
    () => (globalThis as unknown as { bench: { guestIsQuiet(guest: number): boolean } }).bench.guestIsQuiet(0),
    undefined,
    { timeout: QUIET_TIMEOUT_MS },
  );
}
