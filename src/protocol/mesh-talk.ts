/** What guests say to each other on a mesh link's document channel. The presence channel is as towards the host. */
import * as v from 'valibot';
import { AwayLine } from './mesh-messages.ts';
import { LookIs } from './messages.ts';

const uint = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Answered at once by `echoed` with the same number: the round trip. */
const Echo = v.strictObject({ t: v.literal('echo'), n: uint });
const Echoed = v.strictObject({ t: v.literal('echoed'), n: uint });

/** Whether the sender wants this link for itself. One that neither wants is closed. */
const Want = v.strictObject({ t: v.literal('want'), on: v.boolean() });

/** Of the chat, while the host is away; passed on by whoever gets it. */
const Line = v.strictObject({ t: v.literal('line'), line: AwayLine });

export const MESH_SCHEMAS = { arrays: {}, maps: v.variant('t', [Echo, Echoed, Want, LookIs, Line]) } as const;

export type MeshMessage = v.InferOutput<(typeof MESH_SCHEMAS)['maps']>;
