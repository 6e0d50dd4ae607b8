/** Two pages in two browser processes, and the links between them that are measured against each other. */
import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { call, type Lab } from './lab.ts';

export interface PagePair {
  /** Plays the host where there is one. */
  readonly a: Page;
  readonly b: Page;
}

export async function openPair(lab: Lab): Promise<PagePair> {
  const [a, b] = await Promise.all([lab.page('one', 'peer'), lab.page('two', 'peer')]);
  return { a, b };
}

export async function linkRaw({ a, b }: PagePair): Promise<void> {
  const offer = await call<string>(b, 'rawOffer');
  const answer = await call<string>(a, 'rawAnswer', offer);
  await call(b, 'rawAccept', answer);
}

export async function linkYWebrtc(lab: Lab, { a, b }: PagePair, nodes: number): Promise<void> {
  const signaling = await lab.yWebrtcSignaling();
  const room = `bench-${randomUUID()}`;
  await Promise.all([call(a, 'yJoin', signaling, room), call(b, 'yJoin', signaling, room)]);
  await call(a, 'yFill', nodes);
  await call(b, 'yFilled', nodes);
}

export async function linkEcho(lab: Lab, { a, b }: PagePair): Promise<void> {
  const signaling = await lab.signaling();
  const link = await call<string>(a, 'echoOpen', signaling);
  await call(b, 'echoEnter', signaling, link);
}

/** A room at `a`, and so many bare guests at `b`. */
export async function linkOurs(lab: Lab, { a, b }: PagePair, nodes: number, guests: number): Promise<void> {
  const signaling = await lab.signaling();
  const link = await call<string>(a, 'hostOpen', signaling, nodes);
  for (let index = 0; index < guests; index++) await call(b, 'guestJoin', signaling, link, nodes);
}
