import type { MeshState, Person } from './model.ts';
import { t } from './strings.ts';

/** What a person should hear about when the state changes: who came and went, and rights that concern them. Pure. */
export function changesToSay(before: MeshState, now: MeshState): string[] {
  const said: string[] = [];
  // Everyone "joins" when a session begins; that is one event, not many.
  if (before.phase.kind === now.phase.kind) said.push(...arrivals(before.people, now.people));
  if (before.phase.kind === 'starting' && now.phase.kind === 'hosting') said.push(t('say.started'));
  said.push(...ownRights(before, now), ...requests(before.people, now), ...atTheDoor(before, now));
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

function ownRights(before: MeshState, now: MeshState): string[] {
  if (before.phase.kind !== 'guest' || now.phase.kind !== 'guest') return [];
  const said: string[] = [];
  for (const grant of ['editor', 'queue'] as const) {
    const had = before.phase.rights[grant];
    const has = now.phase.rights[grant];
    if (had !== has) said.push(t(has ? `say.granted.${grant}` : `say.revoked.${grant}`));
  }
  return said;
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
