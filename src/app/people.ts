import type { Person } from '../protocol/messages.ts';
import type { GuestSession } from '../sync/index.ts';
import type { Person as ShownPerson } from '../ui/model.ts';
import type { Company } from './company.ts';

/** Who is here, in the order in which they first came. */
export function showPeople(
  session: GuestSession,
  company: Company | null,
  routeOf: (peer: number) => ShownPerson['route'],
): ShownPerson[] {
  const shown = [...session.people.values()].filter(
    ({ peer, status }) => status !== 'offline' || peer === session.peer,
  );
  // Without a link to the host nothing is known of anybody.
  const isCutOff = session.state.kind !== 'live';
  return shown
    .sort((a, b) => a.peer - b.peer)
    .map((person) => (isCutOff ? { ...person, status: 'offline' as const } : person))
    .map((person) => {
      const route = isCutOff ? undefined : routeOf(person.peer);
      return { ...showPerson(person, session.peer), ...(route ? { route } : {}), ...company?.about(person) };
    });
}

function showPerson({ peer, name, color, rights, status, asks: [asks] = [] }: Person, own: number): ShownPerson {
  const isInCharge = rights.role !== 'member';
  return {
    id: String(peer),
    name,
    color,
    role: rights.role === 'member' ? 'guest' : rights.role,
    editor: isInCharge || rights.editor,
    queue: isInCharge || rights.queue,
    you: peer === own,
    status: status === 'offline' ? 'reconnecting' : status,
    ...(asks ? { asks } : {}),
  };
}
