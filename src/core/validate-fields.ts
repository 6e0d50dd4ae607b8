import { isId } from './document-index.ts';
import { MAX_INDEXED_WIDGETS, splitField } from './fields-names.ts';
import { widgetOfField } from './fields-widgets.ts';
import { isJsonObject, type Json } from './json.ts';
import type { Kind } from './keys.ts';
import { ORDER } from './ops.ts';

/** A rule for one field. It returns what is wrong, to follow the field's name in a sentence, or null. */
type Rule = (value: Json) => string | null;

const isFiniteNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);

const number: Rule = (value) => (isFiniteNumber(value) ? null : 'must be a number');
const text: Rule = (value) => (typeof value === 'string' ? null : 'must be text');
const id: Rule = (value) => (isId(value) ? null : 'must be an id');

/** Floating links have −1 at their free end. */
const slot: Rule = (value) =>
  Number.isSafeInteger(typeof value === 'string' ? Number(value) : value) ? null : 'must be the number of a slot';

/** Two numbers; some old files write them as {"0": x, "1": y}. */
const pair: Rule = (value) => {
  if (Array.isArray(value)) return value.length === 2 && value.every(isFiniteNumber) ? null : 'must be two numbers';
  const isOldForm = isJsonObject(value) && isFiniteNumber(value['0']) && isFiniteNumber(value['1']);
  return isOldForm ? null : 'must be two numbers';
};

const rectangle: Rule = (value) =>
  Array.isArray(value) && value.length === 4 && value.every(isFiniteNumber) ? null : 'must be four numbers';

const linkRules: Record<string, Rule> = {
  origin_id: id,
  origin_slot: slot,
  target_id: id,
  target_slot: slot,
  parentId: id,
};

/** Fields that integrity, indexes and every peer's canvas rely on. All others are data. */
const RULES: Record<Kind, Record<string, Rule>> = {
  node: { id, type: text, pos: pair, size: pair, title: text, mode: number },
  link: { id, ...linkRules },
  floating: { id, ...linkRules },
  group: { id, title: text, bounding: rectangle },
  reroute: { id, pos: pair, parentId: id },
  definition: { id: text, name: text },
  meta: {},
};

/** @returns what is wrong with a field's value, or null. */
export function fieldProblem(kind: Kind, field: string, value: Json): string | null {
  if (field === ORDER) return number(value);
  const rule = Object.hasOwn(RULES[kind], field) ? RULES[kind][field] : undefined;
  if (rule) return rule(value);
  if (kind === 'node') return nodePartProblem(field, value) ?? slotProblem(field, value);
  return kind === 'definition' ? slotProblem(field, value) : null;
}

function nodePartProblem(field: string, value: Json): string | null {
  const widget = widgetOfField(field);
  if (widget && 'index' in widget && widget.index >= MAX_INDEXED_WIDGETS) return 'has too high an index';
  const isList = field === 'widgets_values' && Array.isArray(value);
  return isList ? namesProblem(value as readonly Json[]) : null;
}

function slotProblem(field: string, value: Json): string | null {
  if ((field === 'inputs' || field === 'outputs') && Array.isArray(value)) return namesProblem(value);
  const head = splitField(field)?.head;
  const isSlot = head === 'inputs' || head === 'outputs';
  return isSlot && !isJsonObject(value) ? 'must be a slot' : null;
}

function namesProblem(list: readonly Json[]): string | null {
  if (!list.every((name) => typeof name === 'string')) return 'must be a list of names';
  return new Set(list).size === list.length ? null : 'names one thing twice';
}
