/** What members, their systems and their services are called today, whatever they were called in an entry's time. */

import type { Catalogue } from './exchange/ports.ts';
import type { Names } from './http/citizen/citizen-dependencies.ts';
import type { Member, MemberDirectory } from './identity/members.ts';

/** By today's names: an organisation keeps its exchanges when it is renamed. */
export function namesIn(directory: MemberDirectory, catalogue: Catalogue): Names {
  const segments = (id: string, count: number) => directory.canonical(id).split('/').slice(0, count).join('/');
  const nameOf = new Map(directory.members.map(({ id, name }) => [id, name]));
  return {
    member: (id) => nameOf.get(segments(id, 3)),
    subsystem: (id) => directory.subsystem(segments(id, 4))?.name,
    service: (id) => catalogue.versionsOf(id)[0]?.documentation.title,
  };
}

export function listedMembers(members: readonly Member[]) {
  return members.map(({ id, name, subsystems }) => ({
    id,
    name: name.vi,
    subsystems: subsystems.map((subsystem) => ({ id: `${id}/${subsystem.code}`, name: subsystem.name.vi })),
  }));
}
