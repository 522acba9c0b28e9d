/** The link to one registry dies or is slow: its calls end within their budget, everybody else notices nothing, and it is found again by itself. */

import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { type Asking, askPlace } from '../chaos/ask-place.ts';
import { eventually } from '../support/eventually.ts';
import { createRandom } from '../support/random-fixture.ts';
import { createFarPlace, quantileMs, told } from './far-place.ts';

t.setTimeout(240_000);

/** Of the registries of a quick run: test/chaos/registries/quicken.ts. */
const budgetMs = 1000;
const circuitResetMs = 400;
/** For a busy machine. */
const slackMs = 1000;
const together = 12;
const nearTogether = 2;
const outageMs = 3500;
const recoveryMsMax = 5000;

const far = ['population', 'judicial'] as const;
/** In the names of their services. */
const circuits = { population: '/population/', judicial: '/G15/' } as const;
const { place, questions, networks, ask, keepAsking, metric } = await createFarPlace(t, far);
const { victims } = place;
const near = 'social-affairs';
const codes = /^(ok|registry-timeout|registry-unavailable|circuit-open|registry-busy)$/;
const random = createRandom(2);

for (const registry of far) {
  for (const isForgotten of [false, true]) {
    const what = isForgotten ? 'and the registry starts again behind it' : 'and comes back';
    t.test(`the link to ${registry} dies ${what}`, async (t) => {
      const network = networks[registry];
      const stopFar = keepAsking(registry, together);
      await eventually(async () => (await metric('lienthong_exchanges_in_flight')) > 1);
      await sleep(300);
      t.comment(`connections before: ${network.sockets()}`);
      network.cut();
      const cutMs = performance.now();
      const stopNear = keepAsking(near, nearTogether);
      await eventually(async () => (await metric('lienthong_circuit_state', circuits[registry])) > 0);
      t.comment(`the circuit opened after ${Math.round(performance.now() - cutMs)} ms`);
      if (isForgotten) {
        await victims[registry].kill();
        await victims[registry].start();
      }
      await sleep(Math.max(0, outageMs - (performance.now() - cutMs)));
      const during = await stopFar();
      const sockets = network.sockets();
      const nearby = await stopNear();

      t.comment(`${registry}: ${told(during)}`);
      t.comment(`${near}: ${told(nearby)}`);
      for (const one of during) t.match(one.outcome, codes);
      t.same(wrongOf(during), []);
      t.ok(quantileMs(during, 1) < budgetMs + slackMs, 'all ended within their budget');
      t.ok(nearby.every(({ status, wrong }) => status === 200 && wrong === undefined));
      t.ok(quantileMs(nearby, 0.5) < budgetMs / 4 && quantileMs(nearby, 0.9) < budgetMs, 'nobody else waited');
      t.ok(sockets <= 2 * together, `${sockets} connections after ${during.length} calls`);
      t.equal(await metric('lienthong_registry_queued', registry), 0);
      t.ok((await metric('lienthong_registry_in_flight', registry)) <= together);

      const failedBefore = await metric('lienthong_registry_failures_total', registry);
      network.mend();
      const mendedMs = performance.now();
      const after: Asking[] = [];
      while (after.slice(-together).filter(isFresh).length < together) {
        after.push(...(await Promise.all([ask(registry), ask(registry)])));
        if (performance.now() - mendedMs > 4 * recoveryMsMax) break;
        await sleep(20);
      }
      const recoveredMs = performance.now() - mendedMs;
      const failed = (await metric('lienthong_registry_failures_total', registry)) - failedBefore;
      t.comment(`well after ${Math.round(recoveredMs)} ms, ${failed} failed calls: ${told(after)}`);
      t.same(wrongOf(after), []);
      t.ok(
        recoveredMs < recoveryMsMax,
        `${Math.round(recoveredMs)} ms, of which ${circuitResetMs} ms are the circuit's`,
      );
      t.ok(failed <= 4, `${failed} calls to it failed after it was back`);
    });
  }
}

t.test('stale answers come where the service allows them, and nowhere else', async (t) => {
  const kept = questions.next('population', { ...random, chance: () => true });
  t.equal((await askPlace(place, kept)).status, 200);
  await sleep(1500);
  for (const registry of far) networks[registry].cut();
  t.match(await askPlace(place, kept), { status: 200, wrong: undefined, cacheStatus: /stale-if-error/ });
  const sealed = Array.from({ length: 40 }, () => questions.next('judicial', { ...random, chance: () => true }));
  const never = sealed.filter(({ service }) => service.endsWith('/get-criminal-record-status')).slice(0, 4);
  t.equal(never.length, 4);
  for (const one of await Promise.all(never.map((question) => askPlace(place, question)))) t.ok(one.status >= 503);
  for (const registry of far) networks[registry].mend();
  await eventually(async () => (await Promise.all(far.map(ask))).every(({ status }) => status === 200));
});

t.test('a slow link to one registry makes its answers late, and no others', async (t) => {
  const measure = async () => {
    const asked: Asking[] = [];
    const asker = async () => {
      while (asked.length < 600) asked.push(await ask(near));
    };
    await Promise.all([asker(), asker()]);
    return asked;
  };
  const pauseMs = 40;
  const stopQuick = keepAsking('population', 4, pauseMs);
  const before = await measure();
  const quick = await stopQuick();
  networks.population.slowDown();
  const stopSlow = keepAsking('population', 4, pauseMs);
  // One at a time is not slowed by 256 kbit/s; a crowd that comes at once has to share them.
  const crowds: Asking[] = [];
  const crowd = async () => {
    for (let round = 0; round < 3; round += 1) {
      crowds.push(...(await Promise.all(Array.from({ length: 40 }, () => ask('population')))));
    }
  };
  const [slowed] = await Promise.all([measure(), crowd()]);
  const slow = await stopSlow();
  networks.population.speedUp();
  const ratio = quantileMs(slowed, 0.99) / quantileMs(before, 0.99);
  t.comment(`population, quick link: ${told(quick)}`);
  t.comment(`population, slow link: ${told(slow)}; crowds: ${told(crowds)}`);
  t.comment(`${near}, p99: ${p99(before)} ms, then ${p99(slowed)} ms: ${ratio.toFixed(2)} times`);
  t.same(wrongOf([...slow, ...crowds]), []);
  for (const one of [...slow, ...crowds]) t.match(one.outcome, codes);
  t.ok(quantileMs(crowds, 0.5) > 5 * quantileMs(quick, 0.5), 'it is a slow link');
  t.ok(crowds.some(({ status }) => status === 200));
  t.ok(quantileMs([...slow, ...crowds], 1) < budgetMs + slackMs, 'the budget holds');
  t.ok(slowed.every(({ status, wrong }) => status === 200 && wrong === undefined));
  t.ok(ratio < 2 || quantileMs(slowed, 0.99) < 50, `the other registry's p99 is ${ratio.toFixed(2)} times what it was`);
});

const isFresh = ({ status, cacheStatus }: Asking) => status === 200 && !cacheStatus.includes('stale-if-error');
const p99 = (asked: readonly Asking[]) => quantileMs(asked, 0.99).toFixed(1);
const wrongOf = (asked: readonly Asking[]) => asked.flatMap(({ wrong }) => wrong ?? []);
