/** A person who asks about themselves while one of the logs cannot be read is told which, and the question is recorded as the refusal that it was. */

import { writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import t from 'tap';
import { eventually } from '../support/eventually.ts';
import { createPlace } from '../support/gateway-process.ts';
import { troubledSetup } from '../support/troubled.ts';
import {
  type Answered,
  askOnce,
  endGateway,
  entriesByLog,
  lienthong,
  logKeys,
  pidsOf,
  serveWorkers,
} from '../support/worker-process.ts';

t.setTimeout(120_000);

const pin = '099190000001';

t.test('a log that nobody answers for', async (t) => {
  const place = await createPlace(t, {
    ...troubledSetup,
    settings: { state: { database: 'embedded' }, workers: { askTimeoutMs: 1000 } },
  });
  const gateway = await serveWorkers(t, place);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.teardown(() => agent.destroy());
  const ask = (path: string) => askOnce(place, agent, { path, as: pin, role: 'citizen' });
  const answered = (path: string): Promise<Answered> =>
    eventually(async () => {
      const answer = await ask(path);
      return answer.status === 200 && answer;
    });
  const whole = JSON.parse((await answered('/v1/me/accesses')).body);
  const [there] = whole.others as { log: string }[];
  const silent = there?.log ?? '';
  const [pid = 0] = pidsOf(gateway, /\/2$/.test(silent) ? 2 : 1);
  const looksWith = async (id: string) =>
    [...(await entriesByLog(place)).values()]
      .flat()
      .filter((entry) => entry.id === id || entry.filters?.question === id);

  process.kill(pid, 'SIGSTOP');
  const refused: Answered[] = [];
  for (const path of ['/v1/me/accesses', '/v2/findUsage']) refused.push(await ask(path));
  process.kill(pid, 'SIGCONT');

  await t.test('is named in the refusal, with the time to come again', async (t) => {
    for (const { status, headers, body } of refused) {
      t.equal(status, 503, body);
      t.match(JSON.parse(body), { code: 'checkpoint-pending', detail: new RegExp(`^What writes ${silent} is being `) });
      t.match(headers, { 'retry-after': '3' });
    }
  });

  await t.test('leaves one entry of a refused look, in the log of who refused', async (t) => {
    for (const { id } of refused) {
      const looks = await eventually(async () => {
        const found = await looksWith(id);
        return found.length > 0 && found;
      });
      t.equal(looks.length, 1);
      t.match(looks[0], {
        kind: 'audit',
        look: 'accesses',
        role: 'citizen',
        status: 503,
        problem: 'checkpoint-pending',
      });
      t.type(looks[0]?.subject, 'string');
    }
  });

  await t.test('and the answer that follows shows the refusals, with no number missing', async (t) => {
    const { body } = await answered('/v1/me/accesses');
    const rows = JSON.parse(body).accesses as { outcome: string; entry: { id: string } }[];
    for (const { id } of refused) {
      t.match(
        rows.find(({ entry }) => entry.id === id),
        { kind: 'audit', outcome: 'checkpoint-pending' },
      );
    }
    const saved = `${place.data}.accesses`;
    await writeFile(saved, body);
    const keys = (await logKeys(place)).join('\n');
    t.match(await lienthong('log', 'verify-accesses', saved, '--key', keys), /are all there/);
  });

  t.same(await endGateway(gateway), [0, null]);
});
