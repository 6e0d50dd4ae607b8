/** What the host sends so that 16 guests have a picture: to each of them, or in pieces that go on from guest to guest. */
import { call } from '../lab.ts';
import type { Row } from '../row.ts';

const BYTES = 4_000_000;
const GUESTS = 16;
/** Links that each guest has before it begins: nearly as many as it seeks. */
const LINKED = 5;
const LINK_TIMEOUT_MS = 60_000;

export const swarm: Row = {
  name: 'swarm',
  title: `A picture of 4 MB to ${GUESTS} guests at once: what the host sends`,
  async run(lab, report) {
    const signaling = await lab.signaling();
    const [host, guests] = await Promise.all([lab.page('one', 'swarm'), lab.page('two', 'swarm')]);
    const link = await call<string>(host, 'hostOpen', signaling);
    for (let index = 0; index < GUESTS; index++) await call(guests, 'guestJoin', signaling, link);
    const deadline = performance.now() + LINK_TIMEOUT_MS;
    while ((await call<number[]>(guests, 'links')).some((links) => links < LINKED)) {
      if (performance.now() > deadline) throw new Error(`Links: ${await call<number[]>(guests, 'links')}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    const links = await call<number[]>(guests, 'links');
    const mean = links.reduce((sum, count) => sum + count, 0) / GUESTS;
    const sent: Record<string, number> = {};
    for (const how of ['star', 'swarm'] as const) {
      const hash = await call<string>(host, 'share', BYTES);
      const before = await call<number>(host, 'bulkBytes');
      const ms = await call<number>(guests, 'fetchAll', hash, how);
      sent[how] = (await call<number>(host, 'bulkBytes')) - before;
      const copies = (sent[how] / BYTES).toFixed(2);
      const beside = how === 'swarm' ? { beside: { what: 'star', value: sent.star ?? 0 } } : {};
      const aim = how === 'swarm' ? { aim: { on: 'value', atMost: 2 * BYTES } as const } : {};
      const note = `${copies} copies; all had it after ${Math.round(ms)} ms, all on one machine; ${mean.toFixed(1)} links a guest`;
      report({ what: how, value: sent[how], unit: 'B', ...beside, ...aim, note });
    }
  },
};
