/** One end of every kind of link between two browser processes. What it offers is called from Node by name. */
import type { EditKind } from './parts/edit-kinds.ts';
import { LinkEcho } from './parts/link-echo.ts';
import { type JoinTimes, OurGuest } from './parts/our-guest.ts';
import { OurHost } from './parts/our-host.ts';
import { RawPeer } from './parts/raw.ts';
import { countWire, wireCount } from './parts/wire-count.ts';
import { YPeer } from './parts/y-peer.ts';

countWire();

const raw = new RawPeer();
const echo = new LinkEcho();
const y = new YPeer();

let host: OurHost | undefined;
const guests: OurGuest[] = [];

function guest(index: number): OurGuest {
  const found = guests[index];
  if (!found) throw new Error(`There is no guest ${index}.`);
  return found;
}

function theHost(): OurHost {
  if (!host) throw new Error('There is no host.');
  return host;
}

const bench = {
  wireCount,
  rawOffer: () => raw.offer(),
  rawAnswer: (offer: string) => raw.answer(offer),
  rawAccept: (answer: string) => raw.accept(answer),
  rawRoundTrips: (count: number) => raw.roundTrips(count),
  rawThroughput: (bytes: number) => raw.throughput(bytes),
  yFill: (nodes: number) => y.fill(nodes),
  echoOpen: (signaling: string) => echo.open(signaling),
  echoEnter: (signaling: string, link: string) => echo.enter(signaling, link),
  echoRoundTrips: (count: number) => echo.roundTrips(count),
  yJoin: (signaling: string, room: string) => y.join(signaling, room),
  yFilled: (nodes: number) => y.filled(nodes),
  yEcho: () => y.echo(),
  yRoundTrips: (count: number) => y.roundTrips(count),
  yEdit: (kind: EditKind) => y.edit(kind),
  ySeen: () => y.seen(),
  /** @returns the invite link. */
  async hostOpen(signaling: string, nodes: number): Promise<string> {
    host = await OurHost.open(signaling, nodes);
    return host.link;
  },
  hostEcho: (on: boolean) => theHost().echo(on),
  hostEdit: (kind: EditKind) => theHost().edit(kind),
  hostDrag: (perSecond: number, durationMs: number) => theHost().drag(perSecond, durationMs),
  hostSettled: () => theHost().settled(),
  hostHash: () => theHost().hash(),
  async guestJoin(signaling: string, link: string, nodes: number): Promise<JoinTimes & { guest: number }> {
    const joining = new OurGuest();
    const times = await joining.join(signaling, link, nodes);
    return { ...times, guest: guests.push(joining) - 1 };
  },
  guestFollow: (index: number, on: boolean) => guest(index).follow(on),
  guestLeave: (index: number) => guest(index).leave(),
  guestEdit: (index: number, kind: EditKind) => guest(index).edit(kind),
  guestSeen: (index: number) => guest(index).seen(),
  guestHash: (index: number) => guest(index).hash(),
  guestIsQuiet: (index: number) => guest(index).isQuiet(),
  guestConfirmations: (count: number) => guest(0).confirmations(count),
  guestAnswers: (count: number) => guest(0).answers(count),
  guestSights: (count: number) => guest(0).sights(guest(1), count),
};

Object.assign(globalThis, { bench });
