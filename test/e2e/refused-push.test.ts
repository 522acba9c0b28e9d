/** A push that a registry refuses: its sender is told why, and whoever looks afterwards sees that nothing came of it. */

import t from 'tap';
import { readReply, startGateway } from '../support/gateway.ts';
import { until } from '../support/push-place.ts';
import { createSampleMessages, isMarried, named } from '../support/sample-messages.ts';
import { startPostgres } from '../support/servers.ts';
import { makeDatabase } from '../support/state-fixture.ts';

// Starting everything takes its time on a loaded machine.
t.setTimeout(120_000);

const state = await startPostgres(t);
const gateway = await startGateway(t, {
  settings: { state: { database: { url: await makeDatabase(state.url) } }, index: { pauseMs: 10 } },
});
const { fullName: _, ...woman } = named(createSampleMessages().person(isMarried('female')));
const message = createSampleMessages().death({ ...woman, fullName: 'Lê Văn Khác' });
const headers = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

t.test('a death with the number of somebody else closes nobody', async (t) => {
  const sent = await until(
    () =>
      gateway.call('G15/civil-status/register-death', 'H26/one-stop', message, {
        'x-road-userid': 'official-1',
        'x-road-issue': 'H26.15-261120-0001',
      }),
    (reply) => reply.status !== 503,
  );
  t.equal(sent.status, 202, sent.body.detail);
  const token = await gateway.token('VN/GOV/H26/one-stop');
  const path = `${gateway.url}/v1/exchanges/${sent.body.exchangeId}`;
  const shown = await until(
    async () => (await readReply(await fetch(path, headers(token)))).body,
    ({ final }) => final,
  );
  t.match(shown, { state: 'refused', reason: 'name-differs', refusal: { en: /another name/, vi: /Họ tên/ } });
});

t.test(
  'the person whose number it was sees a refused delivery, and an auditor finds it among the refused',
  async (t) => {
    const citizen = await gateway.gateway.issueToken({ id: woman.pin, role: 'citizen', lifetimeSeconds: 600 });
    const own = async () => (await readReply(await fetch(`${gateway.url}/v1/me/accesses`, headers(citizen)))).body;
    const { accesses } = await until(own, ({ accesses = [] }) => accesses.length > 0);
    t.match(accesses[0], {
      kind: 'delivery',
      action: 'refused',
      outcome: 'refused',
      entry: { reason: 'name-differs' },
    });
    // Pushes are refused for a moment after the start: the newest is the one that was accepted.
    t.match(
      accesses.find(({ kind }) => kind === 'push'),
      { outcome: 'ok', action: undefined },
    );
    const auditor = await gateway.gateway.issueToken({
      id: 'auditor-1',
      role: 'auditor',
      scopes: ['exchanges'],
      lifetimeSeconds: 600,
    });
    const found = async (outcome: string) => {
      const query = `outcome=${outcome}&issue=H26.15-261120-0001&kind=delivery`;
      return (await readReply(await fetch(`${gateway.url}/v1/audit/exchanges?${query}`, headers(auditor)))).body.rows;
    };
    t.match(await found('refused'), [{ kind: 'delivery', action: 'refused', problem: undefined }]);
    t.notMatch(await found('ok'), [{ action: 'refused' }]);
  },
);
