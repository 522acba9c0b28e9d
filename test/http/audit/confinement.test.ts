/** Whose exchanges an auditor of one member sees. */

import t from 'tap';
import { mayLookAt } from '../../../src/http/audit/confinement.ts';

t.test('those in which the member is consumer or owns the service, and no neighbour’s', async (t) => {
  const consumer = 'VN/GOV/G07/social-protection';
  const service = 'VN/GOV/G01/population/get-person';
  for (const member of [undefined, 'VN/GOV/G07', 'VN/GOV/G01', consumer, 'VN/GOV/G01/population'])
    t.ok(mayLookAt(member, { consumer, service }), String(member));
  for (const member of ['VN/GOV/G0', 'VN/GOV/G07/social', 'VN/GOV/G15', 'VN/GOV/G01/population/get', ''])
    t.notOk(mayLookAt(member, { consumer, service }), member);
  t.notOk(mayLookAt('VN/GOV/G07', {}), 'nor what belongs to nobody');
});
