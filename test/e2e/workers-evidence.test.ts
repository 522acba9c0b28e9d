/** What each worker sealed beside its own log: opened by an auditor whichever worker answers, and unreadable everywhere once the person's key is erased. */

import { copyFile, readdir, writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import path from 'node:path';
import t from 'tap';
import { eventually } from '../support/eventually.ts';
import { contentBelow, evidenceSettings, makeAuditor } from '../support/evidence-fixture.ts';
import { writeConfiguration } from '../support/gateway.ts';
import { createPlace } from '../support/gateway-process.ts';
import { askService, troubledSetup } from '../support/troubled.ts';
import {
  type Answered,
  type Asked,
  askOnce,
  endGateway,
  entriesByLog,
  lienthong,
  logKeys,
  pidsOf,
  renewWorkers,
  serveWorkers,
} from '../support/worker-process.ts';

t.setTimeout(240_000);

const hoa = '099190000001';
const duc = '099088000002';
const place = await createPlace(t);
const auditor = await makeAuditor(path.dirname(place.data), 'auditor-1');
await writeConfiguration(place.config, {
  ...troubledSetup,
  settings: {
    evidence: evidenceSettings(auditor, [`VN/GOV/${askService}`]),
    // So that one that has stopped is not waited for.
    workers: { askTimeoutMs: 1000 },
  },
});
const gateway = await serveWorkers(t, place);
const folders = ['--config', place.config, '--data', place.data];
const scopes = ['--role', 'auditor', '--scope', 'evidence', 'exchanges'];
const bearer = (await lienthong('token', 'auditor-1', ...scopes, ...folders)).trim();
const askAbout = (pin: string, agent?: Agent) =>
  askOnce(place, agent, { path: `/r1/VN/GOV/${askService}/v1`, message: { pin } });
const evidenceOf = ({ id }: Answered, agent?: Agent) =>
  askOnce(place, agent, { path: `/v1/audit/exchanges/${id}/evidence`, bearer });
const erasing: Asked = {
  path: '/v1/admin/subjects/erase-key',
  message: { pin: hoa, reason: 'subject-request' },
  as: 'operator-1',
  role: 'operator',
};
const erase = (agent: Agent) => askOnce(place, agent, erasing);

/** Number of the log that has the exchange. */
async function logOf({ id }: Answered): Promise<number | undefined> {
  return [...(await entriesByLog(place))].find(([, entries]) => entries.some((entry) => entry.id === id))?.[0];
}

/** One connection, which stays with the worker that took it. */
async function connectionTo(worker: number): Promise<Agent> {
  return eventually(async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    t.teardown(() => agent.destroy());
    return (await logOf(await askAbout(duc, agent))) === worker && agent;
  });
}

const [one, other] = [await connectionTo(1), await connectionTo(2)] as const;
const both = [one, other];
const aboutHoa = [await askAbout(hoa, one), await askAbout(hoa, other)];
const aboutDuc = [await askAbout(duc, one), await askAbout(duc, other)];
const statusesOf = async (exchanges: readonly Answered[], agents: readonly (Agent | undefined)[]) => {
  const looks = agents.flatMap((agent) => exchanges.map((exchange) => evidenceOf(exchange, agent)));
  return new Set((await Promise.all(looks)).map(({ status }) => status));
};

t.test('an auditor gets and opens what either worker sealed, by way of either', async (t) => {
  t.same(await Promise.all([...aboutHoa, ...aboutDuc].map(logOf)), [1, 2, 1, 2]);
  const keys = (await logKeys(place)).join('\n');
  for (const exchange of aboutHoa) {
    const [file, receipt] = [`${place.data}.evidence`, `${place.data}.receipt`];
    await writeFile(receipt, (await askOnce(place, undefined, `/v1/exchanges/${exchange.id}/receipt`)).body);
    for (const agent of both) {
      const { status, body } = await evidenceOf(exchange, agent);
      t.equal(status, 200);
      await writeFile(file, body);
    }
    const options = ['--key', auditor.privateFile, '--receipt', receipt, '--log-key', keys];
    const opened = JSON.parse(await lienthong('evidence', 'open', file, ...options));
    t.same(opened, { exchange: exchange.id, request: JSON.stringify({ pin: hoa }), answer: exchange.body });
  }
  const looks = [...(await entriesByLog(place)).values()].map((entries) =>
    entries.filter(({ look }) => look === 'evidence'),
  );
  t.same(
    looks.map(({ length }) => length),
    [2, 2],
    'each look is recorded by the worker that was asked',
  );
});

const keyFiles = async () =>
  (await readdir(path.join(place.data, 'keys'))).filter((name) => /^subjects.*\.db$/.test(name));
const backup = path.dirname(place.data);

t.test('while a worker does not answer, an erasure says that it has to be asked for again', async (t) => {
  t.same((await keyFiles()).sort(), ['subjects-2.db', 'subjects.db']);
  for (const name of await keyFiles()) {
    await copyFile(path.join(place.data, 'keys', name), path.join(backup, name));
  }
  const pid = pidsOf(gateway, 2).at(-1) as number;
  process.kill(pid, 'SIGSTOP');
  const { status, headers, body } = await erase(one);
  process.kill(pid, 'SIGCONT');
  t.equal(status, 503);
  t.match(JSON.parse(body), { code: 'checkpoint-pending', detail: /ask for it once more/ });
  t.match(headers, { 'retry-after': '1' });
});

t.test('once it is erased by way of one, neither reads it, and others are not touched', async (t) => {
  t.equal((await erase(one)).status, 204);
  t.same(await statusesOf(aboutHoa, both), new Set([410]));
  t.same(await statusesOf(aboutDuc, both), new Set([200]));
  const again = [await askAbout(hoa, one), await askAbout(hoa, other)];
  t.same(await statusesOf(again, both), new Set([200]), 'new exchanges have new keys');
  t.equal((await erase(other)).status, 204);
  t.same(await statusesOf(again, both), new Set([410]));
  await renewWorkers(gateway);
  t.same(await statusesOf([...aboutHoa, ...again], [undefined, undefined]), new Set([410]));
  t.same(await statusesOf(aboutDuc, [undefined, undefined]), new Set([200]));
});

t.test('key files of all workers from a backup are brought up to date, and every proof holds', async (t) => {
  t.same(await endGateway(gateway), [0, null]);
  for (const name of await keyFiles()) {
    await copyFile(path.join(backup, name), path.join(place.data, 'keys', name));
  }
  t.match(await lienthong('evidence', 'reapply-erasures', '--data', place.data), /^3 erasures of the log are in force/);
  const again = await serveWorkers(t, place);
  t.same(await statusesOf(aboutHoa, [undefined, undefined]), new Set([410]));
  t.same(await statusesOf(aboutDuc, [undefined, undefined]), new Set([200]));
  t.same(await endGateway(again), [0, null]);
  const keys = (await logKeys(place)).join('\n');
  const told = await lienthong('log', 'verify', place.data, '--key', keys, '--evidence', 'all');
  t.equal(told.match(/as it was recorded, none/g)?.length, 2, told);
  t.notOk((await contentBelow(place.data)).includes(hoa));
});
