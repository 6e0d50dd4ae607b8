/**
 * Every message between a member and the host's room after the handshake, one union per direction. The schemas are the
 * definition: types are inferred from them, both sides decode by them, and test/protocol/wire.node.test.ts hashes them so
 * that the wire cannot change without PROTOCOL_VERSION (version.ts) changing with it.
 *
 * What is sent many times a second is an array that starts with a small number; everything else is a map with its name
 * under `t`. All of it travels on the document channel but the parts of a snapshot, which go by the bulk channel,
 * and what is of the moment, which goes by the presence channel.
 */
import * as v from 'valibot';
import { ACCOUNT_ANSWERS, ACCOUNT_ASKS } from './account-messages.ts';
import { BACKUP_ANSWERS, BACKUP_ASKS } from './backup-messages.ts';
import { DOOR_ANSWERS, DOOR_ASKS } from './door-messages.ts';
import { MAX_CODE_LENGTH, MAX_REASON_LENGTH } from './errors.ts';
import {
  MAX_BANS,
  MAX_CHAT_LENGTH,
  MAX_CHAT_LINES,
  MAX_CLIENT_ID_LENGTH,
  MAX_CURSORS,
  MAX_FIELD_NAME_LENGTH,
  MAX_KEY_LENGTH,
  MAX_LEASES,
  MAX_LOCKS,
  MAX_LOOK_KEYS,
  MAX_NAME_LENGTH,
  MAX_PEOPLE,
  MAX_REFUSED_KEYS,
  MAX_ROOM_NAME_LENGTH,
  MAX_SNAPSHOT_BYTES,
} from './limits.ts';
import { MESH_ANSWERS, MESH_ASKS } from './mesh-messages.ts';
import { readOps } from './wire-ops.ts';

/** First element of the array messages. */
export const TAG = { edit: 1, applied: 2, saved: 3, noEffect: 4 } as const;
/** First element of what goes by the presence channel. */
export const PRESENCE_TAG = { cursor: 5, area: 6, echo: 7, caret: 8, cursors: 9 } as const;
/** `applied` carries its sequence number modulo this: it only proves that none was lost on the ordered channel. */
export const SEQ_MODULO = 128;
/** One 32-bit sum for each of so many groups of keys: see sync/records.ts. */
export const BUCKETS = 256;

const uint = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const uint32 = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffffffff));
const text = (maxLength: number) => v.pipe(v.string(), v.maxLength(maxLength));
const name = text(MAX_NAME_LENGTH);
const pingMs = v.pipe(uint, v.maxValue(60_000));
const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/));
const color = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255));
const clientId = v.pipe(v.string(), v.minLength(8), v.maxLength(MAX_CLIENT_ID_LENGTH), v.regex(/^[A-Za-z0-9_-]+$/));

const Rights = v.strictObject({
  role: v.picklist(['host', 'admin', 'member']),
  editor: v.boolean(),
  queue: v.boolean(),
});
const Grant = v.picklist(['editor', 'queue', 'admin']);
const AskedGrant = v.picklist(['editor', 'queue']);
const LeaseKind = v.picklist(['node', 'link', 'group', 'reroute']);
/** Ids from the second number up to, without, the third. */
const Lease = v.strictTuple([LeaseKind, uint, uint]);
const Leases = v.pipe(v.array(Lease), v.maxLength(MAX_LEASES));
const Person = v.strictObject({
  peer: uint,
  name,
  color,
  rights: Rights,
  /** `reconnecting`: the link is lost and may be back in a moment. */
  status: v.picklist(['online', 'away', 'reconnecting', 'offline']),
  /** One for each page that the person has open here. */
  clients: v.pipe(v.array(uint), v.maxLength(64)),
  /** Round trip to the host in milliseconds, as the person's page measured it. */
  pingMs: v.optional(pingMs),
  /** What this person asks for, the oldest first. */
  asks: v.optional(v.pipe(v.array(AskedGrant), v.minLength(1), v.maxLength(2))),
});
/** What somebody looks at. `following`: the number of the person whose view they follow. */
const LOOK = {
  scope: text(MAX_KEY_LENGTH),
  selection: v.pipe(v.array(text(MAX_KEY_LENGTH)), v.maxLength(MAX_LOOK_KEYS)),
  editing: v.nullable(v.strictObject({ key: text(MAX_KEY_LENGTH), widget: text(MAX_FIELD_NAME_LENGTH) })),
  following: v.nullable(uint),
} as const;
/** A node by its key, or one input of it by its widget's or slot's name. */
const LOCK_TARGET = {
  key: v.pipe(text(MAX_KEY_LENGTH), v.minLength(1)),
  input: v.optional(v.pipe(text(MAX_FIELD_NAME_LENGTH), v.minLength(1))),
} as const;
const LockState = v.picklist(['locked', 'open']);
/** What the room itself says in the chat; each page puts it into its own words. */
const SYSTEM_LINES = [
  'joined',
  'left',
  'renamed',
  'kicked',
  'banned',
  'unbanned',
  'editor-on',
  'editor-off',
  'queue-on',
  'queue-off',
  'admin-on',
  'admin-off',
  'signed-in',
  'signed-out',
  'restored',
  'queued',
] as const;
/** `id` grows; `at`: wall clock of the host in milliseconds. */
export const ChatLine = v.variant('k', [
  v.strictObject({
    k: v.literal('said'),
    id: uint,
    at: uint,
    peer: uint,
    name,
    color,
    text: text(MAX_CHAT_LENGTH),
    /** Whose page said it, by its own count: how it knows its line again. */
    client: uint,
    n: uint,
  }),
  v.strictObject({
    k: v.literal('room'),
    id: uint,
    at: uint,
    what: v.picklist(SYSTEM_LINES),
    /** Whom it is about. */
    peer: uint,
    name,
    /** A second name: the new one, the backup's. */
    other: v.optional(text(MAX_ROOM_NAME_LENGTH)),
  }),
]);
/** An asset that may be fetched by its SHA-256 (hex). */
const AssetRef = v.strictObject({ hash: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)), bytes: uint });

/** Flat ops as the last part of a tuple become `Op`s, or the message is malformed. */
const opsFrom = (flat: readonly unknown[], fail: (message: string) => void) => {
  const reading = readOps(flat);
  if (!reading.ok) fail(reading.problem);
  return reading.ok ? reading.ops : [];
};

/** `[1, cseq, base, ...ops]`. cseq: the client's own count. base: the last sequence number it had applied. */
const Edit = v.pipe(
  v.tupleWithRest([v.literal(TAG.edit), uint, uint], v.unknown()),
  v.rawTransform(({ dataset, addIssue }) => {
    const [, cseq, base, ...flat] = dataset.value;
    return { t: 'edit' as const, cseq, base, ops: opsFrom(flat, (message) => addIssue({ message })) };
  }),
);
/** `[2, seq mod 128, client, cseq, hash after it, ...ops as they took effect]`. */
const Applied = v.pipe(
  v.tupleWithRest([v.literal(TAG.applied), uint, uint, uint, uint32], v.unknown()),
  v.rawTransform(({ dataset, addIssue }) => {
    const [, seqLow, client, cseq, low, ...flat] = dataset.value;
    return { t: 'applied' as const, seqLow, client, cseq, low, ops: opsFrom(flat, (message) => addIssue({ message })) };
  }),
);
/** `[3, seq]`: everything up to seq is on the host's disk. */
const Saved = v.pipe(
  v.strictTuple([v.literal(TAG.saved), uint]),
  v.transform(([, seq]) => ({ t: 'saved' as const, seq })),
);
/** `[4, cseq]`: the edit met a document in which there was nothing left for it to do. */
const NoEffect = v.pipe(
  v.strictTuple([v.literal(TAG.noEffect), uint]),
  v.transform(([, cseq]) => ({ t: 'no-effect' as const, cseq })),
);

/** First message of a client. `resume`: what it still has of this room; `leases`: blocks of ids it still holds. */
const Join = v.strictObject({
  t: v.literal('join'),
  client: clientId,
  /** Higher at each join of this client (milliseconds will do): of two links that overtook each other, the later counts. */
  attempt: uint,
  name,
  color: v.optional(color),
  resume: v.optional(v.strictObject({ seq: uint, hash })),
  leases: Leases,
  /** The last line of the chat that it has. */
  chat: v.optional(uint),
});
const LeaseRequest = v.strictObject({ t: v.literal('lease'), kind: LeaseKind });
/** The client's sums by group of keys; the host answers with the records of the groups that differ. */
const Repair = v.strictObject({
  t: v.literal('repair'),
  sums: v.pipe(
    v.custom<Uint8Array>((value) => value instanceof Uint8Array),
    v.check((value) => value.length === BUCKETS * 4, `must be ${BUCKETS * 4} bytes`),
  ),
});
/** The client cannot repair itself: the whole document, please. */
const Resync = v.strictObject({ t: v.literal('resync') });
const Rename = v.strictObject({ t: v.literal('rename'), name, color: v.optional(color) });
const SetStatus = v.strictObject({ t: v.literal('status'), status: v.picklist(['online', 'away']) });
const SetGrant = v.strictObject({ t: v.literal('grant'), peer: uint, grant: Grant, on: v.boolean() });
const Ask = v.strictObject({ t: v.literal('ask'), grant: AskedGrant });
/** Says no to an ask. Yes is `grant`. */
const Decline = v.strictObject({ t: v.literal('decline'), peer: uint, grant: AskedGrant });
export const LookIs = v.strictObject({ t: v.literal('look'), ...LOOK });
const Ping = v.strictObject({ t: v.literal('ping'), ms: pingMs });
/** `n`: the page's own count, rising. What comes again is not said again. */
const Chat = v.strictObject({ t: v.literal('chat'), n: uint, text: v.pipe(text(MAX_CHAT_LENGTH), v.minLength(1)) });
const Remove = v.strictObject({ t: v.literal('remove'), peer: uint, ban: v.boolean() });
const Unban = v.strictObject({ t: v.literal('unban'), id: uint });
/** `state` null: neither locked nor open any more. */
const SetLock = v.strictObject({ t: v.literal('lock'), ...LOCK_TARGET, state: v.nullable(LockState) });

/** Answer to `join`. With `resume`, the transactions after the client's follow; else a snapshot does. */
const Welcome = v.strictObject({
  t: v.literal('welcome'),
  peer: uint,
  client: uint,
  epoch: uint,
  seq: uint,
  saved: uint,
  /** The highest cseq of this client that the host has dealt with. */
  lastCseq: uint,
  resume: v.boolean(),
  room: v.strictObject({ name: text(MAX_ROOM_NAME_LENGTH) }),
  rights: Rights,
  leases: Leases,
  definitions: v.nullable(AssetRef),
  people: v.pipe(v.array(Person), v.maxLength(MAX_PEOPLE)),
});
/**
 * What the parts with this id on the bulk channel make up (sync/snapshot-parts.ts): all records, or those of some groups of
 * keys, as they are at this place of the stream of transactions.
 */
const Snapshot = v.strictObject({
  t: v.literal('snapshot'),
  id: uint,
  scope: v.picklist(['all', 'repair']),
  seq: uint,
  hash,
  lastCseq: uint,
  /** For `repair`: the groups of keys. */
  buckets: v.pipe(v.array(v.pipe(uint, v.maxValue(BUCKETS - 1))), v.maxLength(BUCKETS)),
  /** Size after unpacking. How much is sent, the parts say. */
  unpackedBytes: v.pipe(uint, v.maxValue(MAX_SNAPSHOT_BYTES)),
});
/** `code` is for programs, `reason` is for a person. `keys`: where, as far as known. */
const Rejected = v.strictObject({
  t: v.literal('rejected'),
  cseq: uint,
  code: text(MAX_CODE_LENGTH),
  reason: text(MAX_REASON_LENGTH),
  keys: v.pipe(v.array(text(MAX_KEY_LENGTH)), v.maxLength(MAX_REFUSED_KEYS)),
});
const PersonIs = v.strictObject({ t: v.literal('person'), person: Person });
const PersonGone = v.strictObject({ t: v.literal('gone'), peer: uint });
const RightsAre = v.strictObject({ t: v.literal('rights'), rights: Rights });
const LeasesAre = v.strictObject({ t: v.literal('leases'), leases: Leases });
/** `declined`: those in charge said no to an ask. `guesses-passwords`: somebody tries many; goes to those in charge. */
const Notice = v.strictObject({
  t: v.literal('notice'),
  code: v.picklist([
    'declined',
    'not-allowed',
    'unknown-person',
    'chat-too-fast',
    'guesses-passwords',
    'too-many-locks',
    'too-many-invites',
  ]),
  peer: v.optional(uint),
  grant: v.optional(Grant),
});
/** What another page looks at. */
const LooksAt = v.strictObject({ t: v.literal('look'), client: uint, ...LOOK });
/** `fresh`: these are all; else they follow what the page has. */
const ChatLines = v.strictObject({
  t: v.literal('chat'),
  fresh: v.boolean(),
  lines: v.pipe(v.array(ChatLine), v.maxLength(MAX_CHAT_LINES)),
});
/** Only to those who can lift one. */
const BansAre = v.strictObject({
  t: v.literal('bans'),
  bans: v.pipe(v.array(v.strictObject({ id: uint, name, at: uint })), v.maxLength(MAX_BANS)),
});

/** All of them, to everyone: each page knows what the host would refuse. */
const LocksAre = v.strictObject({
  t: v.literal('locks'),
  locks: v.pipe(v.array(v.strictObject({ ...LOCK_TARGET, state: LockState })), v.maxLength(MAX_LOCKS)),
});

/**
 * The presence channel, which may drop and reorder: `n` is the sender's count, so that an older one is told. In graph
 * coordinates. A cursor without a place is hidden; an area is what a window shows: centre, width, height.
 */
const coordinate = v.pipe(v.number(), v.safeInteger());
const extent = v.pipe(coordinate, v.minValue(1));
const Cursor = v.union([
  v.pipe(
    v.strictTuple([v.literal(PRESENCE_TAG.cursor), uint, coordinate, coordinate]),
    v.transform(([, n, x, y]) => ({ t: 'cursor' as const, n, at: { x, y } })),
  ),
  v.pipe(
    v.strictTuple([v.literal(PRESENCE_TAG.cursor), uint]),
    v.transform(([, n]) => ({ t: 'cursor' as const, n, at: null })),
  ),
]);
const Area = v.pipe(
  v.strictTuple([v.literal(PRESENCE_TAG.area), uint, coordinate, coordinate, extent, extent]),
  v.transform(([, n, centerX, centerY, width, height]) => ({
    t: 'area' as const,
    n,
    area: { centerX, centerY, width, height },
  })),
);
/** Where in the text of their `look`'s widget they stand, in UTF-16 units of the text as it was after the transaction `seq`. */
const Caret = v.pipe(
  v.strictTuple([v.literal(PRESENCE_TAG.caret), uint, uint, uint]),
  v.transform(([, n, seq, at]) => ({ t: 'caret' as const, n, seq, at })),
);
/** Asked by a page, answered by the host with the same. */
const Echo = v.pipe(
  v.strictTuple([v.literal(PRESENCE_TAG.echo), uint]),
  v.transform(([, n]) => ({ t: 'echo' as const, n })),
);
/** From the host, which writes the client's number in front. */
const CursorOf = v.union([
  v.pipe(
    v.strictTuple([v.literal(PRESENCE_TAG.cursor), uint, uint, coordinate, coordinate]),
    v.transform(([, client, n, x, y]) => ({ t: 'cursor' as const, client, n, at: { x, y } })),
  ),
  v.pipe(
    v.strictTuple([v.literal(PRESENCE_TAG.cursor), uint, uint]),
    v.transform(([, client, n]) => ({ t: 'cursor' as const, client, n, at: null })),
  ),
]);
const AreaOf = v.pipe(
  v.strictTuple([v.literal(PRESENCE_TAG.area), uint, uint, coordinate, coordinate, extent, extent]),
  v.transform(([, client, n, centerX, centerY, width, height]) => ({
    t: 'area' as const,
    client,
    n,
    area: { centerX, centerY, width, height },
  })),
);

const CaretOf = v.pipe(
  v.strictTuple([v.literal(PRESENCE_TAG.caret), uint, uint, uint, uint]),
  v.transform(([, client, n, seq, at]) => ({ t: 'caret' as const, client, n, seq, at })),
);
/** Of a large room: client, count, x, y of each that moved since the last batch. */
const CursorsOf = v.pipe(
  v.tupleWithRest([v.literal(PRESENCE_TAG.cursors)], coordinate),
  v.check((all) => all.length % 4 === 1 && all.length > 1 && all.length <= 1 + 4 * MAX_CURSORS),
  v.check((all) => all.every((value, index) => (index - 1) % 4 > 1 || value >= 0)),
  v.transform(([, ...all]) => ({
    t: 'cursors' as const,
    cursors: Array.from({ length: all.length / 4 }, (_, index) => {
      const [client = 0, n = 0, x = 0, y = 0] = all.slice(index * 4, index * 4 + 4);
      return { client, n, at: { x, y } };
    }),
  })),
);

const CLIENT_MAPS = v.variant('t', [
  Join,
  LeaseRequest,
  Repair,
  Resync,
  Rename,
  SetStatus,
  SetGrant,
  Ask,
  Decline,
  LookIs,
  Ping,
  Chat,
  Remove,
  Unban,
  SetLock,
  ...BACKUP_ASKS,
  ...ACCOUNT_ASKS,
  ...MESH_ASKS,
  ...DOOR_ASKS,
]);
const HOST_MAPS = v.variant('t', [
  Welcome,
  Snapshot,
  Rejected,
  PersonIs,
  PersonGone,
  RightsAre,
  LeasesAre,
  Notice,
  LooksAt,
  ChatLines,
  BansAre,
  LocksAre,
  ...BACKUP_ANSWERS,
  ...ACCOUNT_ANSWERS,
  ...MESH_ANSWERS,
  ...DOOR_ANSWERS,
]);

/** By direction: arrays by their tag, maps by `t`. */
export const CLIENT_SCHEMAS = { arrays: { [TAG.edit]: Edit }, maps: CLIENT_MAPS } as const;
export const HOST_SCHEMAS = {
  arrays: { [TAG.applied]: Applied, [TAG.saved]: Saved, [TAG.noEffect]: NoEffect },
  maps: HOST_MAPS,
} as const;
/** The presence channel has arrays only. */
export const CLIENT_PRESENCE = {
  arrays: {
    [PRESENCE_TAG.cursor]: Cursor,
    [PRESENCE_TAG.area]: Area,
    [PRESENCE_TAG.echo]: Echo,
    [PRESENCE_TAG.caret]: Caret,
  },
} as const;
export const HOST_PRESENCE = {
  arrays: {
    [PRESENCE_TAG.cursor]: CursorOf,
    [PRESENCE_TAG.area]: AreaOf,
    [PRESENCE_TAG.echo]: Echo,
    [PRESENCE_TAG.caret]: CaretOf,
    [PRESENCE_TAG.cursors]: CursorsOf,
  },
} as const;

export type EditMessage = v.InferOutput<typeof Edit>;
export type AppliedMessage = v.InferOutput<typeof Applied>;
export type JoinMessage = v.InferOutput<typeof Join>;
export type WelcomeMessage = v.InferOutput<typeof Welcome>;
export type SnapshotMessage = v.InferOutput<typeof Snapshot>;
export type RejectedMessage = v.InferOutput<typeof Rejected>;
export type NoticeMessage = v.InferOutput<typeof Notice>;
export type Person = v.InferOutput<typeof Person>;
export type Grant = v.InferOutput<typeof Grant>;
export type AskedGrant = v.InferOutput<typeof AskedGrant>;
export type Lease = v.InferOutput<typeof Lease>;
export type LeaseKind = v.InferOutput<typeof LeaseKind>;
export type LookMessage = v.InferOutput<typeof LookIs>;
export type Look = Omit<LookMessage, 't'>;
export type ChatLine = v.InferOutput<typeof ChatLine>;
export type SystemLine = (typeof SYSTEM_LINES)[number];
export type BanEntry = v.InferOutput<typeof BansAre>['bans'][number];
export type AssetRef = v.InferOutput<typeof AssetRef>;

export type ClientMessage = EditMessage | v.InferOutput<typeof CLIENT_MAPS>;
export type HostMessage =
  | AppliedMessage
  | v.InferOutput<typeof Saved>
  | v.InferOutput<typeof NoEffect>
  | v.InferOutput<typeof HOST_MAPS>;

/** What goes to a client as a map. */
export type HostMap = v.InferOutput<typeof HOST_MAPS>;

type InClientPresence = typeof Cursor | typeof Area | typeof Echo | typeof Caret;
type InHostPresence = typeof CursorOf | typeof AreaOf | typeof Echo | typeof CaretOf | typeof CursorsOf;
export type ClientPresence = v.InferOutput<InClientPresence>;
export type HostPresence = v.InferOutput<InHostPresence>;
