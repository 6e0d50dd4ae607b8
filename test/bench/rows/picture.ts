/** A picture that a run made, to eight guests at once: first as a preview, then whole; beside bare channels with the same bytes. */
import type { Page } from 'playwright-core';
import { call } from '../lab.ts';
import type { Row } from '../row.ts';
import { median } from '../stats.ts';

const GUESTS = 8;
const ROUNDS = 5;

export const picture: Row = {
  name: 'picture',
  title: `A picture of 4 MB to ${GUESTS} guests at once`,
  async run(lab, report) {
    const signaling = await lab.signaling();
    const [host, guests] = await Promise.all([lab.page('one', 'picture'), lab.page('two', 'picture')]);
    const link = await call<string>(host, 'hostOpen', signaling);
    for (let index = 0; index < GUESTS; index++) {
      await call(guests, 'guestJoin', signaling, link);
      await linkRaw(host, guests, index);
    }
    const taken: Record<'raw' | 'preview' | 'whole', number[]> = { raw: [], preview: [], whole: [] };
    const sent: Record<'preview' | 'whole', number> = { preview: 0, whole: 0 };
    let bytes = 0;
    for (let round = 0; round < ROUNDS; round++) {
      bytes = await call<number>(host, 'makePicture');
      taken.raw.push(await call<number>(host, 'rawAll', bytes));
      for (const what of ['preview', 'whole'] as const) {
        const before = await call<number>(host, 'wireBytes');
        taken[what].push(await call<number>(guests, 'takeAll', what === 'preview'));
        sent[what] = (await call<number>(host, 'wireBytes')) - before;
      }
    }
    const raw = { what: 'raw', value: median(taken.raw) };
    const size = `${(bytes / 1e6).toFixed(1)} MB`;
    report({ what: 'raw data channels, the same bytes', value: raw.value, unit: 'ms', samples: ROUNDS, note: size });
    for (const [what, words] of [
      ['preview', 'all have a preview, made, sent and verified'],
      ['whole', 'all have the picture itself, verified'],
    ] as const) {
      report({ what: words, value: median(taken[what]), unit: 'ms', samples: ROUNDS, beside: raw });
      const note = `${(sent[what] / GUESTS / bytes).toFixed(3)} copies of the picture to each guest`;
      report({ what: `${what}: what the host sends`, value: sent[what], unit: 'B', note });
    }
  },
};

async function linkRaw(host: Page, guests: Page, index: number): Promise<void> {
  const offer = await call<string>(host, 'rawOffer', index);
  const answer = await call<string>(guests, 'rawAnswer', index, offer);
  await call(host, 'rawAccept', index, answer);
}
