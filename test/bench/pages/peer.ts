/** One end of every kind of link between two browser processes. What it offers is called from Node by name. */
import type { EditKind } from './parts/edit-kinds.ts';
import { LinkEcho } from './parts/link-echo.ts';
import { RawPeer } from './parts/raw.ts';
import { countWire, wireCount } from './parts/wire-count.ts';
import { YPeer } from './parts/y-peer.ts';

countWire();

const raw = new RawPeer();
const echo = new LinkEcho();
const y = new YPeer();

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
};

Object.assign(globalThis, { bench });
