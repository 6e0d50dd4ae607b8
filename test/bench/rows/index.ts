import type { Row } from '../row.ts';
import { bytes } from './bytes.ts';
import { editorCost } from './editor-cost.ts';
import { firstPicture } from './first-picture.ts';
import { frameRate } from './frame-rate.ts';
import { hostCpu } from './host-cpu.ts';
import { join } from './join.ts';
import { picture } from './picture.ts';
import { presence } from './presence.ts';
import { roundTrip } from './round-trip.ts';
import { signaling } from './signaling.ts';
import { swarm } from './swarm.ts';

export const ROWS: readonly Row[] = [
  roundTrip,
  bytes,
  join,
  editorCost,
  frameRate,
  hostCpu,
  firstPicture,
  picture,
  signaling,
  swarm,
  presence,
];
