/** What members and the room say about backups: part of the one union of messages.ts. */
import * as v from 'valibot';
import { MAX_CODE_LENGTH, MAX_REASON_LENGTH } from './errors.ts';
import { MAX_NAME_LENGTH, MAX_SNAPSHOT_BYTES } from './limits.ts';

/** Characters of a backup's name. */
export const MAX_BACKUP_NAME_LENGTH = 60;
/** Entries in one list: more than a room keeps. */
export const MAX_BACKUPS_LISTED = 100;
/** Boxes and lines of the small picture that each entry carries. */
export const MAX_PICTURE_NODES = 150;
export const MAX_PICTURE_GROUPS = 30;
export const MAX_PICTURE_LINKS = 200;

const uint = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const int = v.pipe(v.number(), v.safeInteger());
const text = (maxLength: number) => v.pipe(v.string(), v.maxLength(maxLength));
const name = text(MAX_BACKUP_NAME_LENGTH);

/** x, y, width, height in whole units of the graph, and a colour or the empty text. */
const PictureBox = v.strictTuple([int, int, uint, uint, v.pipe(v.string(), v.regex(/^(#[0-9a-fA-F]{3,8})?$/))]);
const Picture = v.strictObject({
  nodes: v.pipe(v.array(PictureBox), v.maxLength(MAX_PICTURE_NODES)),
  groups: v.pipe(v.array(PictureBox), v.maxLength(MAX_PICTURE_GROUPS)),
  /** From x, y to x, y. */
  links: v.pipe(v.array(v.strictTuple([int, int, int, int])), v.maxLength(MAX_PICTURE_LINKS)),
});

const BackupEntry = v.strictObject({
  /** Counts up over the room's life. */
  id: uint,
  /** Wall clock of the host, ms. */
  at: uint,
  /** Who made the last change before it. */
  author: text(MAX_NAME_LENGTH),
  name,
  pinned: v.boolean(),
  reason: v.optional(v.picklist(['before-load', 'before-open'])),
  /** Of the packed content (gzip of workflow JSON), to be fetched as an asset: SHA-256 in hex, and bytes. */
  hash: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  bytes: uint,
  unpackedBytes: v.pipe(uint, v.maxValue(MAX_SNAPSHOT_BYTES)),
  /** Hash of the document that it was made from. */
  state: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/)),
  nodes: uint,
  links: uint,
  groups: uint,
  picture: Picture,
});

/** `ask`: the client's own number, given back with the answer. */
const asking = { ask: uint };
/** Everything that is kept, and from now on what changes of it. */
const List = v.strictObject({ t: v.literal('backup-list'), ...asking });
/** How many nodes differ from each backup to now. Asked while somebody looks. */
const SinceAsk = v.strictObject({ t: v.literal('backup-since') });
const Take = v.strictObject({ t: v.literal('backup-take'), ...asking, name });
const Change = v.strictObject({
  t: v.literal('backup-set'),
  ...asking,
  id: uint,
  name: v.optional(name),
  pinned: v.optional(v.boolean()),
});
const Delete = v.strictObject({ t: v.literal('backup-delete'), ...asking, id: uint });
/** May I load it for everyone? The host backs up what is there; then the loader's own edit does it. */
const Load = v.strictObject({ t: v.literal('backup-load'), ...asking, id: uint });

export const BACKUP_ASKS = [List, SinceAsk, Take, Change, Delete, Load] as const;

/** `all`: the whole list. Else what is new or differs, and what is gone. */
const Entries = v.strictObject({
  t: v.literal('backups'),
  all: v.boolean(),
  entries: v.pipe(v.array(BackupEntry), v.maxLength(MAX_BACKUPS_LISTED)),
  gone: v.pipe(v.array(uint), v.maxLength(MAX_BACKUPS_LISTED)),
  /** What is wrong with the host's disk. */
  trouble: v.nullable(text(MAX_REASON_LENGTH)),
});
/** By backup: id, nodes added, removed and changed since. */
const SinceIs = v.strictObject({
  t: v.literal('backups-since'),
  counts: v.pipe(v.array(v.strictTuple([uint, uint, uint, uint])), v.maxLength(MAX_BACKUPS_LISTED)),
});
const Answer = v.strictObject({
  t: v.literal('backup-answer'),
  ask: uint,
  refused: v.nullable(v.strictObject({ code: text(MAX_CODE_LENGTH), reason: text(MAX_REASON_LENGTH) })),
});

export const BACKUP_ANSWERS = [Entries, SinceIs, Answer] as const;

export type BackupEntry = v.InferOutput<typeof BackupEntry>;
export type BackupPicture = v.InferOutput<typeof Picture>;
export type BackupAsk = v.InferOutput<(typeof BACKUP_ASKS)[number]>;
export type BackupAnswer = v.InferOutput<(typeof BACKUP_ANSWERS)[number]>;
