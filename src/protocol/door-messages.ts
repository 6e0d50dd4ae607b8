/** What members and the room say about invites and about who waits at the door: part of the one union of messages.ts. */
import * as v from 'valibot';
import { MAX_NAME_LENGTH } from './limits.ts';

/** Invites in one list, and people who may wait: more than a room has of either. */
export const MAX_INVITES_LISTED = 100;
export const MAX_ARRIVALS_LISTED = 100;
export const MAX_INVITE_USES = 10_000;
const YEAR_MS = 366 * 24 * 60 * 60 * 1000;

const uint = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const inviteId = v.pipe(v.string(), v.regex(/^[\w-]{8}$/));
const Role = v.picklist(['view', 'edit', 'edit-queue']);
const maxUses = v.nullable(v.pipe(uint, v.minValue(1), v.maxValue(MAX_INVITE_USES)));

/** What an invite gives, for how long (null: until revoked), how often, and whether somebody has to say yes to each. */
const terms = {
  role: Role,
  lifetimeMs: v.nullable(v.pipe(uint, v.minValue(1), v.maxValue(YEAR_MS))),
  maxUses,
  approval: v.boolean(),
} as const;
const NewInvite = v.strictObject({ t: v.literal('invite-new'), ...terms });
/** Of one that somebody used already the host makes another. */
const SetInvite = v.strictObject({ t: v.literal('invite-set'), id: inviteId, ...terms });
const RevokeInvite = v.strictObject({ t: v.literal('invite-revoke'), id: inviteId });
/** Lets somebody in who waits, or sends them away. */
const Admit = v.strictObject({ t: v.literal('admit'), arrival: uint, yes: v.boolean() });

export const DOOR_ASKS = [NewInvite, SetInvite, RevokeInvite, Admit] as const;

const InviteEntry = v.strictObject({
  id: inviteId,
  /** With it those in charge can make up the link. */
  secret: v.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length === 16, 'must be 16 bytes'),
  role: Role,
  /** Wall clock of the host, ms. */
  createdAt: uint,
  expiresAt: v.nullable(uint),
  maxUses,
  uses: uint,
  approval: v.boolean(),
});
/** All that work; only to those in charge. `fresh`: what was just made for this page. */
const InvitesAre = v.strictObject({
  t: v.literal('invites'),
  invites: v.pipe(v.array(InviteEntry), v.maxLength(MAX_INVITES_LISTED)),
  fresh: v.optional(inviteId),
});
/** Who waits; only to those in charge. */
const ArrivalsAre = v.strictObject({
  t: v.literal('arrivals'),
  arrivals: v.pipe(
    v.array(
      v.strictObject({
        id: uint,
        name: v.pipe(v.string(), v.maxLength(MAX_NAME_LENGTH)),
        color: v.pipe(uint, v.maxValue(255)),
        role: Role,
        at: uint,
      }),
    ),
    v.maxLength(MAX_ARRIVALS_LISTED),
  ),
});
/** In place of `welcome`, to be followed by it when somebody says yes: wait, at most for so long. */
const Waiting = v.strictObject({ t: v.literal('waiting'), forMs: v.pipe(uint, v.maxValue(YEAR_MS)) });

export const DOOR_ANSWERS = [InvitesAre, ArrivalsAre, Waiting] as const;

export type InviteRole = v.InferOutput<typeof Role>;
export type DoorAsk = v.InferOutput<(typeof DOOR_ASKS)[number]>;
export type InviteAsk = Exclude<DoorAsk, { t: 'admit' }>;
export type DoorMessage = v.InferOutput<(typeof DOOR_ANSWERS)[number]>;
export type InviteTerms = Omit<v.InferOutput<typeof NewInvite>, 't'>;
export type InviteEntry = v.InferOutput<typeof InviteEntry>;
export type ArrivalEntry = v.InferOutput<typeof ArrivalsAre>['arrivals'][number];
