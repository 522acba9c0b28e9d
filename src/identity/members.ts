/** Knows the members of the exchange and their subsystems, as members.yaml lists them. */

import type { XRoadId } from '../exchange/types.ts';

export interface Member {
  /** `VN/GOV/G07`. */
  readonly id: XRoadId;
  readonly name: { readonly en: string; readonly vi: string };
  /** Former organisation codes (Decision 20/2020) by which the member is still called. */
  readonly formerCodes?: readonly string[];
  /** Day on which the member ceased, with the member that took over its duties. */
  readonly succeededBy?: { readonly member: XRoadId; readonly since: string };
  readonly subsystems: readonly Subsystem[];
}

export interface Subsystem {
  readonly code: string;
  readonly name: { readonly en: string; readonly vi: string };
  /** Decree 85/2016, 1 to 5, with the decision that approved it. */
  readonly safetyLevel: number;
  readonly safetyDecision: string;
  /** X-Road's plain connection mode: no token, known by address alone, confined to the listed services. */
  readonly plainConnection?: { readonly addresses: readonly string[]; readonly services: readonly XRoadId[] };
}

export interface MemberDirectory {
  readonly members: readonly Member[];
  subsystem(id: XRoadId): Subsystem | undefined;
  subsystemIds(): readonly XRoadId[];
  /** The same identifier with the member's present code, where it was called by a former one. */
  canonical(id: XRoadId): XRoadId;
}

export function createMemberDirectory(members: readonly Member[]): MemberDirectory {
  const subsystems = new Map<XRoadId, Subsystem>();
  for (const member of members) {
    for (const subsystem of member.subsystems) {
      const id = `${member.id}/${subsystem.code}`;
      if (subsystems.has(id)) throw new Error(`${id} is registered twice`);
      subsystems.set(id, subsystem);
    }
  }
  const presentIds = new Map(members.flatMap(formerIds));
  return {
    members,
    canonical: (id) => {
      const [instance, memberClass, code, ...rest] = id.split('/');
      const present = presentIds.get(`${instance}/${memberClass}/${code}`);
      return present === undefined ? id : [present, ...rest].join('/');
    },
    subsystem: (id) => subsystems.get(id),
    subsystemIds: () => [...subsystems.keys()],
  };
}

/** Former identifier and present one, for each former code. */
function formerIds(member: Member): [XRoadId, XRoadId][] {
  const prefix = member.id.slice(0, member.id.lastIndexOf('/'));
  return (member.formerCodes ?? []).map((code) => [`${prefix}/${code}`, member.id]);
}
