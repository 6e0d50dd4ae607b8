import type { ReadonlyDocument } from '../core/document.ts';
import { isJsonObject, type Json } from '../core/json.ts';
import { type Key, kindOf, makeKey } from '../core/keys.ts';
import {
  type BackupPicture,
  MAX_PICTURE_GROUPS,
  MAX_PICTURE_LINKS,
  MAX_PICTURE_NODES,
} from '../protocol/backup-messages.ts';

type Box = BackupPicture['nodes'][number];

/** Height of the title above a node's own place. */
const TITLE_HEIGHT = 30;
const COLLAPSED_WIDTH = 140;
const DEFAULT_SIZE = [200, 100] as const;
/** Beyond this a place is a mistake, in units of the graph. */
const MAX_COORDINATE = 1e9;

/** A small drawing of the root graph. Of very large graphs it shows a part: nodes and links in turn, evenly. */
export function pictureOf(document: ReadonlyDocument): BackupPicture {
  const keys = [...document.inScope('')];
  const nodes = new Map<Key, Box>();
  for (const key of evenly(ofKind(keys, 'node'), MAX_PICTURE_NODES)) nodes.set(key, nodeBox(document, key));
  const links: BackupPicture['links'] = [];
  for (const key of ofKind(keys, 'link')) {
    const line = lineOf(document, key, nodes);
    if (line) links.push(line);
  }
  return {
    nodes: [...nodes.values()],
    groups: evenly(ofKind(keys, 'group'), MAX_PICTURE_GROUPS).map((key) => groupBox(document, key)),
    links: evenly(links, MAX_PICTURE_LINKS),
  };
}

export function countsOf(document: ReadonlyDocument): { nodes: number; links: number; groups: number } {
  const keys = [...document.keys()];
  return {
    nodes: ofKind(keys, 'node').length,
    links: ofKind(keys, 'link').length,
    groups: ofKind(keys, 'group').length,
  };
}

function ofKind(keys: readonly Key[], kind: string): Key[] {
  return keys.filter((key) => kindOf(key) === kind);
}

function evenly<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  return Array.from({ length: most }, (_, index) => items[Math.floor((index * items.length) / most)] as T);
}

function nodeBox(document: ReadonlyDocument, key: Key): Box {
  const [x, y] = pair(document.field(key, 'pos'), [0, 0]);
  const [width, height] = pair(document.field(key, 'size'), DEFAULT_SIZE);
  const isCollapsed = document.field(key, 'flags/collapsed') === true;
  const color = colorOf(document.field(key, 'bgcolor') ?? document.field(key, 'color'));
  if (isCollapsed) return [whole(x), whole(y - TITLE_HEIGHT), COLLAPSED_WIDTH, TITLE_HEIGHT, color];
  return [whole(x), whole(y - TITLE_HEIGHT), length(width), length(height + TITLE_HEIGHT), color];
}

function groupBox(document: ReadonlyDocument, key: Key): Box {
  const bounding = document.field(key, 'bounding');
  const [x = 0, y = 0, width = 0, height = 0] = Array.isArray(bounding) ? bounding.map(Number) : [];
  return [whole(x), whole(y), length(width), length(height), colorOf(document.field(key, 'color'))];
}

/** From the right edge of one node to the left edge of the other, at about the height of their slots. */
function lineOf(
  document: ReadonlyDocument,
  key: Key,
  nodes: ReadonlyMap<Key, Box>,
): BackupPicture['links'][number] | null {
  const end = (field: string): Box | undefined => {
    const id = document.field(key, field);
    return typeof id === 'number' || typeof id === 'string' ? nodes.get(makeKey('node', id)) : undefined;
  };
  const [from, to] = [end('origin_id'), end('target_id')];
  if (!from || !to) return null;
  const slotAt = (box: Box, field: string): number => {
    const slot = Number(document.field(key, field));
    return whole(box[1] + Math.min(box[3] - 6, TITLE_HEIGHT + 14 + (Number.isFinite(slot) ? slot : 0) * 20));
  };
  return [whole(from[0] + from[2]), slotAt(from, 'origin_slot'), to[0], slotAt(to, 'target_slot')];
}

/** Two numbers, also in the old form {"0": x, "1": y}. */
function pair(value: Json | undefined, fallback: readonly [number, number]): readonly [number, number] {
  const [a, b] = Array.isArray(value) ? value : isJsonObject(value) ? [value['0'], value['1']] : [];
  return typeof a === 'number' && typeof b === 'number' ? [a, b] : fallback;
}

function whole(value: number): number {
  return Number.isFinite(value) ? Math.round(Math.min(MAX_COORDINATE, Math.max(-MAX_COORDINATE, value))) : 0;
}

function length(value: number): number {
  return Math.max(0, whole(value));
}

function colorOf(value: Json | undefined): string {
  return typeof value === 'string' && /^#[0-9a-fA-F]{3,8}$/.test(value) ? value : '';
}
