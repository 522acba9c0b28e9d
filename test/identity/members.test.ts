/** Every identifier means one subsystem, whichever of its member's codes it is written with. */

import t from 'tap';
import { checkMembers } from '../../src/identity/check-members.ts';
import { createMemberDirectory } from '../../src/identity/members.ts';
import { member, members, subsystem } from '../support/identity-fixture.ts';

t.test('subsystems are found by their identifiers', async (t) => {
  const directory = createMemberDirectory(members);
  t.equal(directory.subsystem('VN/GOV/G22/portal')?.safetyLevel, 4);
  t.equal(directory.subsystemIds().length, 5);
  for (const none of ['VN/GOV/G22', 'VN/GOV/G22/', 'VN/GOV/G22/portal/', 'constructor', '__proto__', '']) {
    t.equal(directory.subsystem(none), undefined, none);
  }
});

t.test('a former organisation code stands for the present one', async (t) => {
  const { canonical } = createMemberDirectory(members);
  t.equal(canonical('VN/GOV/000.00.00.G12/tax'), 'VN/GOV/G12/tax');
  t.equal(canonical('VN/GOV/000.00.00.G12'), 'VN/GOV/G12');
  t.equal(canonical('VN/GOV/000.00.00.G12/tax/declare'), 'VN/GOV/G12/tax/declare');
});

t.test('any other identifier stays as it is', async (t) => {
  const { canonical } = createMemberDirectory(members);
  for (const id of [
    'VN/GOV/G12/tax',
    'VN/COM/000.00.00.G12/tax',
    'EE/GOV/000.00.00.G12/tax',
    'VN',
    '',
    'constructor',
  ]) {
    t.equal(canonical(id), id);
  }
});

t.test('no identifier may mean two', async (t) => {
  const refused = (message: string, ...list: Parameters<typeof createMemberDirectory>[0]) =>
    t.throws(() => createMemberDirectory(list), { message });
  refused('VN/GOV/G01 is registered twice', member('G01', []), member('G01', [subsystem('a', 2)]));
  refused('VN/GOV/G01/a is registered twice', member('G01', [subsystem('a', 2), subsystem('a', 3)]));
  const formerCodes = ['000.00.00.G01'];
  refused(
    'VN/GOV/000.00.00.G01 is registered twice',
    member('G01', [], { formerCodes }),
    member('G02', [], { formerCodes }),
  );
  refused(
    "VN/GOV/G01 is a member and another one's former code",
    member('G01', []),
    member('G02', [], { formerCodes: ['G01'] }),
  );
});

t.test('what members.yaml refers to must be there', async (t) => {
  t.same(checkMembers(members), []);
  const plainConnection = {
    addresses: ['10.0.0.1', '10.0.0.0/33', 'fe80::/10', 'fe80::/129', '1.2.3'],
    services: ['x'],
  };
  const faults = checkMembers([
    member('G01', [], { succeededBy: { member: 'VN/GOV/G99', since: '2025-03-01' } }),
    member('G02', [subsystem('a', 2), subsystem('b', 2, { plainConnection })], {
      succeededBy: { member: 'VN/GOV/G01', since: '2025-03-01' },
    }),
  ]);
  t.same(faults, [
    { pointer: '/members/0/succeededBy/member', message: 'VN/GOV/G99 is no member' },
    ...[1, 3, 4].map((index) => ({
      pointer: `/members/1/subsystems/1/plainConnection/addresses/${index}`,
      message: `${plainConnection.addresses[index]} is not an IP address or prefix`,
    })),
  ]);
});
