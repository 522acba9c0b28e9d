/** Of two gateways on one state database each says of the other's exchanges whom to ask for their receipts. */

import t from 'tap';
import { eventually } from '../support/eventually.ts';
import type { TestGateway } from '../support/gateway.ts';
import { startPostgres } from '../support/servers.ts';
import { askService, startTroubledGateway } from '../support/troubled.ts';

t.setTimeout(120_000);

const { url } = await startPostgres(t);
const start = (origin: string) =>
  startTroubledGateway(t, { settings: { state: { database: { url } }, exchangeLog: { origin } } });
const [here, there] = [await start('lienthong.example/here'), await start('lienthong.example/there')] as const;
const consumer = 'G07/social-protection';

async function receipt(gateway: TestGateway, id: string | null, by = consumer) {
  const response = await fetch(`${gateway.url}/v1/exchanges/${id}/receipt`, {
    headers: { authorization: `Bearer ${await gateway.token(`VN/GOV/${by}`)}` },
  });
  return { status: response.status, body: (await response.json()) as { detail?: string; checkpoint?: string } };
}

t.test('the reply to an exchange names the log that holds it, be it answered or refused', async (t) => {
  for (const [gateway, origin] of [
    [here, 'lienthong.example/here'],
    [there, 'lienthong.example/there'],
  ] as const) {
    const answers = [{}, { trouble: 'failed' }, { pin: 'none' }].map((message) =>
      gateway.call(askService, consumer, { pin: '099190000001', ...message }),
    );
    for (const { headers } of await Promise.all(answers)) t.equal(headers.get('exchange-log'), origin);
  }
  const { status, headers } = await fetch(`${here.url}/health/live`);
  t.match({ status, log: headers.get('exchange-log') }, { status: 200, log: null });
});

t.test('the other gateway tells the consumer whom to ask, and nobody else', async (t) => {
  const { headers } = await here.call(askService, consumer, { pin: '099190000002' });
  const id = headers.get('exchange-id');
  t.match((await receipt(here, id)).body.checkpoint, /^lienthong\.example\/here\n/);
  const told = await eventually(async () => {
    const { status, body } = await receipt(there, id);
    t.equal(status, 404);
    return body.detail?.includes('lienthong.example/here') ? body.detail : undefined;
  });
  t.match(told, /in the log lienthong\.example\/here: ask the gateway that holds this log/);
  const { detail } = (await receipt(there, id, 'G15/civil-status')).body;
  t.match(detail, /no exchange of yours under that id, in lienthong\.example\/there\..*\(Exchange-Log\)/);
  t.equal((await receipt(there, crypto.randomUUID())).body.detail, detail, 'as of an id that there is not');
});
