import { Document, type Fields, type ReadonlyDocument } from '../../src/core/document.ts';
import type { Json } from '../../src/core/json.ts';

/**
 * Looks at a whole document and lists what breaks D4. It shares nothing with src/core/integrity.ts but the document, so that a
 * mistake there shows here.
 */
export function checkIntegrity(document: ReadonlyDocument): string[] {
  const parts = [...document.keys()].map((key) => take(document, key));
  const world = new World(parts);
  return [
    ...parts.flatMap((part) => recordProblems(part, world)),
    ...doubleIds(parts),
    ...doubleTargets(parts),
    ...endlessNesting(parts, world),
    ...wrongHash(document),
  ].sort();
}

interface Part {
  readonly key: string;
  readonly letter: string;
  readonly id: string;
  readonly scope: string;
  readonly fields: Fields;
}

function take(document: ReadonlyDocument, key: string): Part {
  const [own = '', scope = ''] = key.split('@').map((text) => text.replaceAll('%40', '@').replaceAll('%25', '%'));
  return { key, letter: own[0] ?? '', id: own.slice(1), scope, fields: document.get(key) as Fields };
}

class World {
  readonly #parts = new Map<string, Part>();
  readonly #definitions = new Map<string, Part>();

  constructor(parts: readonly Part[]) {
    for (const part of parts) {
      this.#parts.set(`${part.letter} ${part.id} ${part.scope}`, part);
      if (part.letter === 'd') this.#definitions.set(part.id, part);
    }
  }

  find(letter: string, id: Json | undefined, scope: string): Part | undefined {
    return this.#parts.get(`${letter} ${String(id)} ${scope}`);
  }

  definition(id: string): Part | undefined {
    return this.#definitions.get(id);
  }
}

function recordProblems(part: Part, world: World): string[] {
  const found: string[] = [];
  if (part.scope !== '' && !world.definition(part.scope)) found.push(`${part.key} is in a subgraph that is not there`);
  if (part.fields.has('file/element')) return found;
  if (part.letter === 'l' || part.letter === 'f') found.push(...linkProblems(part, world));
  if (part.letter === 'l' || part.letter === 'f' || part.letter === 'r') found.push(...parentProblems(part, world));
  const id = part.fields.get('id');
  if (part.letter !== 'm' && id !== undefined && String(id) !== part.id) found.push(`${part.key} has the id ${id}`);
  return found;
}

function linkProblems(link: Part, world: World): string[] {
  const from = endProblem(link, world, 'origin', 'outputs', 'inputs', '-10');
  const to = endProblem(link, world, 'target', 'inputs', 'outputs', '-20');
  return [from, to].filter((problem) => problem !== null);
}

function endProblem(
  link: Part,
  world: World,
  end: 'origin' | 'target',
  side: string,
  boundarySide: string,
  boundary: string,
): string | null {
  const id = link.fields.get(`${end}_id`);
  const slot = link.fields.get(`${end}_slot`);
  if (link.letter === 'f' && String(id) === '-1') return null;
  const node = world.find('n', id, link.scope);
  const atBoundary = !node && link.scope !== '' && String(id) === boundary ? world.definition(link.scope) : undefined;
  const holder = node ?? atBoundary;
  if (!holder) return `${link.key}: ${end} ${String(id)} is not there`;
  const list = node ? side : boundarySide;
  if (!holder.fields.has(list)) return null;
  const slots = [...holder.fields.keys()].filter((field) => field.startsWith(`${list}/`)).length;
  const isThere = typeof slot === 'number' && slot >= 0 && slot < slots;
  return isThere ? null : `${link.key}: ${end} ${String(id)} has no slot ${String(slot)}`;
}

function parentProblems(part: Part, world: World): string[] {
  const seen = new Set([part.key]);
  let at: Part = part;
  for (;;) {
    const parentId = at.fields.get('parentId');
    if (typeof parentId !== 'number' && typeof parentId !== 'string') return [];
    const parent = world.find('r', parentId, part.scope);
    if (!parent) return at === part ? [`${part.key}: reroute ${parentId} is not there`] : [];
    if (seen.has(parent.key)) return [`${part.key}: its reroutes go in a circle`];
    seen.add(parent.key);
    at = parent;
  }
}

function doubleIds(parts: readonly Part[]): string[] {
  const counted = parts.filter(({ letter, id }) => letter !== 'm' && letter !== 'f' && !id.startsWith('~'));
  return sharing(counted, ({ letter, id }) => letter + id).map((key) => `${key}: another one has its id`);
}

function doubleTargets(parts: readonly Part[]): string[] {
  const links = parts.filter(({ letter, fields }) => letter === 'l' && !fields.has('file/element'));
  const target = ({ fields, scope }: Part): string =>
    JSON.stringify([String(fields.get('target_id')), fields.get('target_slot') ?? null, scope]);
  return sharing(links, target).map((key) => `${key}: another one goes into its input`);
}

/** Keys of the parts that have the same name as another. */
function sharing(parts: readonly Part[], nameOf: (part: Part) => string): string[] {
  const byName = new Map<string, string[]>();
  for (const part of parts) byName.set(nameOf(part), [...(byName.get(nameOf(part)) ?? []), part.key]);
  return [...byName.values()].filter((keys) => keys.length > 1).flat();
}

function endlessNesting(parts: readonly Part[], world: World): string[] {
  const holds = new Map<string, Set<string>>();
  for (const { letter, scope, fields } of parts) {
    const type = fields.get('type');
    if (letter !== 'n' || scope === '' || typeof type !== 'string' || !world.definition(type)) continue;
    holds.set(scope, (holds.get(scope) ?? new Set()).add(type));
  }
  const found: string[] = [];
  for (const start of holds.keys()) {
    const reached = new Set<string>();
    const stack = [...(holds.get(start) ?? [])];
    for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
      if (reached.has(id)) continue;
      reached.add(id);
      stack.push(...(holds.get(id) ?? []));
    }
    if (reached.has(start)) found.push(`subgraph ${start} holds itself`);
  }
  return found;
}

/** The hash that was kept up to date must be that of a document built anew, in another order. */
function wrongHash(document: ReadonlyDocument): string[] {
  const fresh = new Document();
  for (const key of [...document.keys()].reverse())
    fresh.perform({ op: 'add', key, fields: new Map([...(document.get(key) as Fields)].reverse()) });
  return fresh.hash.hex === document.hash.hex
    ? []
    : [`the hash is ${document.hash.hex}, counted anew ${fresh.hash.hex}`];
}
