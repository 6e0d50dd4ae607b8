/** What each guest costs the host's browser: its whole processor time while the host drags a node, with more and more guests. */
import { cpuDuring } from '../cpu.ts';
import { call } from '../lab.ts';
import { openPair } from '../links.ts';
import type { Row } from '../row.ts';
import { median } from '../stats.ts';

const NODES = 1_000;
const GUESTS = [1, 4, 16] as const;
/** As often as the binding looks at a drag. */
const EDITS_PER_SECOND = 30;
const DRAG_MS = 2_000;
const ROUNDS = 3;

export const hostCpu: Row = {
  name: 'host-cpu',
  title: `Processor time of the host's browser while it makes ${EDITS_PER_SECOND} edits a second, 1,000 nodes`,
  async run(lab, report) {
    const { a, b } = await openPair(lab);
    const signaling = await lab.signaling();
    const link = await call<string>(a, 'hostOpen', signaling, NODES);
    const browser = await lab.browser('one');
    const load = async (): Promise<number> => {
      await call(a, 'hostSettled');
      const taken: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        taken.push(await cpuDuring(browser, () => call(a, 'hostDrag', EDITS_PER_SECOND, DRAG_MS)));
      }
      return median(taken);
    };
    await load();
    const alone = await load();
    report({ what: 'no guest', value: alone, unit: 'ms/s' });
    let joined = 0;
    for (const guests of GUESTS) {
      for (; joined < guests; joined++) await call(b, 'guestJoin', signaling, link, NODES);
      const value = await load();
      report({
        what: `${guests} ${guests === 1 ? 'guest' : 'guests'}`,
        value,
        unit: 'ms/s',
        beside: { what: 'no guest', value: alone },
        note: `each guest: ${((value - alone) / guests).toFixed(1)} ms/s, ${((value - alone) / guests / EDITS_PER_SECOND).toFixed(3)} ms an edit`,
      });
    }
  },
};
