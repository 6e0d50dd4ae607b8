import type { MeshState, Person } from './model.ts';
import { t } from './strings.ts';

/** What a person should hear about when the state changes: who came and went, and rights that concern them. Pure. */
export function changesToSay(before: MeshState, now: MeshState): string[] {
  const said: string[] = [];
  // Everyone "joins" when a session begins; that is one event, not many.
  if (before.phase.kind === now.phase.kind) said.push(...arrivals(before.people, now.people));
  if (before.phase.kind === 'starting' && now.phase.kind === 'hosting') said.push(t('say.started'));
  said.push(
    ...ownRights(before, now).map(({ text }) => text),
    ...requests(before.people, now),
    ...atTheDoor(before, now),
  );
  return said;
}

function arrivals(before: readonly Person[], now: readonly Person[]): string[] {
  const had = new Set(before.map((person) => person.id));
  const has = new Set(now.map((person) => person.id));
  return [
    ...now.filter(({ id }) => !had.has(id)).map(({ name }) => t('say.joined', { name })),
    ...before.filter(({ id }) => !has.has(id)).map(({ name }) => t('say.left', { name })),
  ];
}

/** Rights that this person got or lost: also worth a toast. */
export function ownRights(before: MeshState, now: MeshState): { readonly gained: boolean; readonly text: string }[] {
  const [had, has] = [rightsOf(before), rightsOf(now)];
  if (!had || !has) return [];
  const changed = (['editor', 'queue', 'admin'] as const).filter((right) => had[right] !== has[right]);
  // Who becomes an admin may do the rest as well.
  const told = changed.includes('admin') ? (['admin'] as const) : changed;
  return told.map((right) => ({
    gained: has[right],
    text: t(has[right] ? `say.granted.${right}` : `say.revoked.${right}`),
  }));
}

function rightsOf({ phase, people }: MeshState): Record<'editor' | 'queue' | 'admin', boolean> | null {
  if (phase.kind !== 'guest') return null;
  return { ...phase.rights, admin: people.some(({ you, role }) => you && role === 'admin') };
}

function atTheDoor(before: MeshState, now: MeshState): string[] {
  const had = new Set(before.arrivals?.map(({ id }) => id));
  return (now.arrivals ?? []).filter(({ id }) => !had.has(id)).map(({ name }) => t('arrivals.asks', { name }));
}

function requests(before: readonly Person[], now: MeshState): string[] {
  const asked = new Map(before.map((person) => [person.id, person.asks]));
  return now.people.flatMap(({ id, name, asks }) =>
    asks && asked.get(id) !== asks && now.grantable.includes(asks) ? [t(`say.asks.${asks}`, { name })] : [],
  );
}
