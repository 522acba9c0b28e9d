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
  /** Where the system takes what it is told, and what it is sent there. */
  readonly webhook?: Webhook;
}

export interface Webhook {
  readonly url: string;
  readonly sends: readonly ('events' | 'final-states')[];
  /** Authorities (PEM) that may have signed its certificate, relative to the configuration folder. */
  readonly caFile?: string;
}

export interface MemberDirectory {
  readonly members: readonly Member[];
  subsystem(id: XRoadId): Subsystem | undefined;
  /** True for members and subsystems. */
  has(id: XRoadId): boolean;
  subsystemIds(): readonly XRoadId[];
  /** The same identifier with the member's present code, where it was called by a former one. */
  canonical(id: XRoadId): XRoadId;
}

/** Throws Error where two members share an identifier or a former code, or a member lists a subsystem twice. */
export function createMemberDirectory(members: readonly Member[]): MemberDirectory {
  const memberIds = uniqueMap(members.map((member) => [member.id, member]));
  const subsystems = uniqueMap(members.flatMap(subsystemsOf));
  const presentIds = uniqueMap(members.flatMap(formerIds));
  for (const former of presentIds.keys()) {
    if (memberIds.has(former)) throw new Error(`${former} is a member and another one's former code`);
  }
  return {
    members,
    canonical: (id) => {
      const end = memberEnd(id);
      const present = presentIds.get(id.slice(0, end));
      return present === undefined ? id : `${present}${id.slice(end)}`;
    },
    subsystem: (id) => subsystems.get(id),
    has: (id) => memberIds.has(id) || subsystems.has(id),
    subsystemIds: () => [...subsystems.keys()],
  };
}

/** Where the third segment ends. */
function memberEnd(id: XRoadId): number {
  const second = id.indexOf('/', id.indexOf('/') + 1);
  const end = second === -1 ? -1 : id.indexOf('/', second + 1);
  return end === -1 ? id.length : end;
}

function uniqueMap<T>(entries: readonly (readonly [XRoadId, T])[]): Map<XRoadId, T> {
  const map = new Map<XRoadId, T>();
  for (const [id, value] of entries) {
    if (map.has(id)) throw new Error(`${id} is registered twice`);
    map.set(id, value);
  }
  return map;
}

function subsystemsOf(member: Member): [XRoadId, Subsystem][] {
  return member.subsystems.map((subsystem) => [`${member.id}/${subsystem.code}`, subsystem]);
}

/** Former identifier and present one, for each former code. */
function formerIds(member: Member): [XRoadId, XRoadId][] {
  const prefix = member.id.slice(0, member.id.lastIndexOf('/'));
  return (member.formerCodes ?? []).map((code) => [`${prefix}/${code}`, member.id]);
}
