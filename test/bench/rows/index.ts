import type { Row } from '../row.ts';
import { bytes } from './bytes.ts';
import { roundTrip } from './round-trip.ts';

export const ROWS: readonly Row[] = [roundTrip, bytes];
