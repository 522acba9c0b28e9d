/** Finds in members.yaml what no schema can: references that lead nowhere and addresses that are none. */

import { addressList } from './identity.ts';
import type { Member } from './members.ts';

/** `pointer` is a JSON pointer into members.yaml. */
export interface MemberFault {
  readonly pointer: string;
  readonly message: string;
}

/** All faults at once. */
export function checkMembers(members: readonly Member[]): MemberFault[] {
  const known = new Set(members.map(({ id }) => id));
  return members.flatMap((member, index) => [
    ...checkSuccessor(member, `/members/${index}`, known),
    ...checkAddresses(member, `/members/${index}`),
  ]);
}

function checkSuccessor({ succeededBy }: Member, at: string, known: ReadonlySet<string>): MemberFault[] {
  if (succeededBy === undefined || known.has(succeededBy.member)) return [];
  return [{ pointer: `${at}/succeededBy/member`, message: `${succeededBy.member} is no member` }];
}

function checkAddresses({ subsystems }: Member, at: string): MemberFault[] {
  return subsystems.flatMap(({ plainConnection }, subsystem) =>
    (plainConnection?.addresses ?? []).flatMap((address, index) => {
      try {
        addressList([address]);
        return [];
      } catch (error) {
        const pointer = `${at}/subsystems/${subsystem}/plainConnection/addresses/${index}`;
        return [{ pointer, message: (error as Error).message }];
      }
    }),
  );
}
