/** What several processes of one gateway share: pushes, what makes answers invalid, quotas, the index, and people's view of it all. */

import { writeFile } from 'node:fs/promises';
import t from 'tap';
import { eventually } from '../support/eventually.ts';
import { createPlace } from '../support/gateway-process.ts';
import { pins } from '../support/incoming-fixture.ts';
import { residenceChange, residenceService, sender } from '../support/residence-change.ts';
import { askOnce, endGateway, entriesByLog, lienthong, renewWorkers, serveWorkers } from '../support/worker-process.ts';

t.setTimeout(240_000);

const asker = 'VN/GOV/G07/social-protection';
const getPerson = 'VN/GOV/G01/population/get-person';
const confirmResidence = 'VN/GOV/G01/population/confirm-residence';
const burst = 10;
const agreement = (id: string, changes: object) => ({
  id,
  consumer: asker,
  purposes: ['test'],
  legalBasis: 'Test decree',
  fields: [],
  validFrom: '2020-01-01',
  validUntil: '2999-12-31',
  quota: { requestsPerSecond: 1000, burst: 1000 },
  ...changes,
});

t.test('two workers on one state database and one register', async (t) => {
  const place = await createPlace(t, {
    registries: [{ adapter: 'population', source: 'embedded' }],
    agreements: [
      agreement('pushes', { consumer: sender, service: residenceService }),
      agreement('people', { service: getPerson, fields: ['pin', 'residence'] }),
      agreement('scarce', {
        service: confirmResidence,
        fields: ['current'],
        quota: { requestsPerSecond: 0.001, burst },
      }),
    ],
    settings: { state: { database: 'embedded' } },
  });
  const gateway = await serveWorkers(t, place);
  const askPerson = () => askOnce(place, undefined, { path: `/r1/${getPerson}/v1`, message: { pin: pins.hoa } });
  const four = <T>(work: () => Promise<T>) => Promise.all(Array.from({ length: 4 }, work));

  await t.test('a push is read through either worker, and outdates what both have kept', async (t) => {
    for (const { status } of await four(askPerson)) t.equal(status, 200);
    const line = 'Số 9 phố Thử Nghiệm';
    const push = { path: `/r1/${residenceService}/v1`, message: residenceChange(pins.hoa, line), as: sender };
    const accepted = await askOnce(place, undefined, push);
    t.equal(accepted.status, 202);
    const look = { path: `/v1/exchanges/${accepted.id}`, as: sender };
    const states = () => four(() => askOnce(place, undefined, look));
    for (const { status } of await states()) t.equal(status, 200);
    await eventually(async () => (await states()).every(({ body }) => JSON.parse(body).state === 'delivered'));
    for (const { body } of await four(askPerson)) t.match(body, line, 'nobody is told what was before');
  });

  await t.test('the same push many times at once has one answer, whichever worker is asked', async (t) => {
    for (let round = 0; round < 6; round += 1) {
      const message = residenceChange(pins.minh, `Số ${round} phố Cùng Lúc`);
      const push = { path: `/r1/${residenceService}/v1`, message, as: sender, name: `at-once-${round}` };
      const answers = await Promise.all(Array.from({ length: 30 }, () => askOnce(place, undefined, push)));
      t.same(new Set(answers.map(({ status }) => status)), new Set([202]));
      t.equal(new Set(answers.map(({ body }) => JSON.parse(body).exchangeId)).size, 1);
    }
  });

  await t.test('an operator sees each worker’s circuits and calls, whichever answers', async (t) => {
    const look = { path: '/v1/admin/registries', as: 'operator-1', role: 'operator' } as const;
    for (const { status, body } of await four(() => askOnce(place, undefined, look))) {
      t.equal(status, 200);
      const { silentWorkers, registries } = JSON.parse(body);
      t.same(silentWorkers, []);
      t.same(
        registries[0].processes.map(({ worker }: { worker: number }) => worker),
        [1, 2],
      );
      t.match(registries[0], { name: 'population', deliveries: { dead: 0 }, processes: [{ ok: true }, { ok: true }] });
    }
  });

  await t.test('the quota is one, exactly', async (t) => {
    const message = { pin: pins.duc };
    const ask = () => askOnce(place, undefined, { path: `/r1/${confirmResidence}/v1`, message });
    const answers = await Promise.all(Array.from({ length: 2 * burst }, ask));
    t.equal(answers.filter(({ status }) => status !== 429).length, burst);
  });

  await t.test('people see the entries of both logs, each proven', async (t) => {
    const { status, body } = await eventually(async () => {
      const reply = await askOnce(place, undefined, { path: '/v1/me/accesses', as: pins.hoa, role: 'citizen' });
      return reply.status === 503 ? undefined : reply;
    });
    t.equal(status, 200);
    const { look, accesses, others } = JSON.parse(body);
    t.equal(new Set(accesses.map(({ log }: { log: string }) => log)).size, 2);
    t.equal(others.length, 1);
    t.match(others[0].look, { look: 'accesses', role: 'citizen', entry: { filters: { question: look.entry.id } } });
    t.ok(accesses.every(({ inclusion }: { inclusion: unknown }) => Array.isArray(inclusion)));
    const saved = `${place.data}.accesses`;
    await writeFile(saved, body);
    const keys = await lienthong('log', 'key', '--config', place.config, '--data', place.data);
    const verify = (...rest: string[]) => lienthong('log', 'verify-accesses', saved, '--key', ...rest);
    const said = await verify(keys);
    for (const log of [look.log, others[0].log]) {
      const whole = `Numbers 1 to \\d+ of ${log} are all there: no entry of that log about this person was left out`;
      t.match(said, new RegExp(whole));
    }
    const [own = ''] = keys.split('\n').filter((key) => key.startsWith(`${look.log}+`));
    await t.rejects(verify(own), { code: 1, stderr: /Not complete: no question proven in / }, 'half of the keys');
    t.match(await verify(own, '--partial'), /rows are of .* and not proven here/);

    // What a gateway could leave out of the log that did not answer.
    const isOwn = (row: { log: string }) => row.log === look.log;
    const newest = accesses.findIndex((row: { log: string }) => !isOwn(row));
    const lessons: [object, RegExp][] = [
      [{ accesses: accesses.filter(isOwn) }, /of the numbers 1 to \d+ of .*, 1 to \d+ are missing/],
      [{ accesses: accesses.filter(isOwn), others: undefined }, /no question proven in /],
      [{ accesses: accesses.filter((_row: object, at: number) => at !== newest) }, /of the numbers 1 to \d+ of /],
      [
        { others: [{ ...others[0], look: undefined }] },
        /no question proven in .* shows that no entry there was left out/,
      ],
    ];
    for (const [change, stderr] of lessons) {
      await writeFile(saved, JSON.stringify({ ...JSON.parse(body), ...change }));
      await t.rejects(verify(keys), { code: 1, stderr });
    }
    const again = await askOnce(place, undefined, { path: '/v1/me/accesses', as: pins.hoa, role: 'citizen' });
    const later = JSON.parse(again.body);
    const earlier =
      later.log === look.log
        ? others
        : [{ ...others[0], log: look.log, look, checkpoint: JSON.parse(body).checkpoint }];
    await writeFile(saved, JSON.stringify({ ...later, others: earlier }));
    await t.rejects(
      verify(keys),
      { code: 1, stderr: /it is another question|not the person’s own/ },
      'an earlier look',
    );
  });

  await t.test('a rolling restart refuses no push, and each takes effect once', async (t) => {
    const accepted: string[] = [];
    let isOver = false;
    const pushing = [pins.hoa, pins.duc].map(async (pin) => {
      for (let n = 0; !isOver; n += 1) {
        const message = residenceChange(pin, `Số ${n} phố Nối Tiếp`);
        const push = { path: `/r1/${residenceService}/v1`, message, as: sender };
        const { status, id, body } = await askOnce(place, undefined, push);
        t.equal(status, 202, body);
        accepted.push(id);
      }
    });
    await renewWorkers(gateway);
    isOver = true;
    await Promise.all(pushing);
    const delivered = async () => {
      const entries = [...(await entriesByLog(place)).values()].flat();
      const ids = entries.filter(({ kind, state }) => kind === 'delivery' && state === 'delivered');
      return ids.map(({ exchange }) => exchange).filter((id = '') => accepted.includes(id));
    };
    const ids = await eventually(async () => {
      const found = await delivered();
      return found.length >= accepted.length && found;
    });
    t.same(ids.sort(), accepted.sort());
  });

  t.same(await endGateway(gateway), [0, null]);
  t.match(
    await lienthong('index', 'status', '--config', place.config, '--data', place.data),
    /gateway-1\/2: \d+ entries/,
  );
});
