/** One ministry's batch at a slow registry costs the others no answer: all wait in the gateway's line, and waiting is no failure of the registry's. */

import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { projectRoot, startGateway, type TestGateway } from '../support/gateway.ts';
import { startPostgres } from '../support/servers.ts';
import { askService, troubledAgreements } from '../support/troubled.ts';

t.setTimeout(120_000);

const ministry = 'G22/legacy-client';
const commune = 'G07/social-protection';
const postgres = await startPostgres(t);

const start = (priority: 'interactive' | 'batch') =>
  startGateway(t, {
    registries: [
      {
        adapter: path.join(projectRoot, 'test/fixtures/slow-registry'),
        source: { url: postgres.url, poolMax: 8, connectTimeoutMs: 2000 },
      },
    ],
    agreements: troubledAgreements
      .filter(({ service }) => service === `VN/GOV/${askService}`)
      .map((one) => (one.id === 'legacy' ? { ...one, priority } : one)),
    settings: { overload: { loopDelayMsMax: 10_000 } },
  });

/** Asks about somebody else each time, so many at once, until told to stop; gives how often each outcome was met. */
async function keepAsking(gateway: TestGateway, consumer: string, atOnce: number, isOver: () => boolean) {
  const outcomes = new Map<string, number>();
  let asked = atOnce * 1000;
  const ask = async () => {
    while (!isOver()) {
      asked += 1;
      const { status, body } = await gateway.call(askService, consumer, {
        pin: `09919${String(asked).padStart(7, '0')}`,
      });
      const outcome = status === 200 ? 'answered' : body.code;
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      if (status !== 200) await sleep(100);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, ask));
  return outcomes;
}

for (const [priority, atOnce] of [
  ['batch', 120],
  ['interactive', 300],
] as const) {
  t.test(`${atOnce} ${priority} calls of a ministry at once leave a commune its answers`, async (t) => {
    const gateway = await start(priority);
    const endMs = performance.now() + 4000;
    const isOver = () => performance.now() >= endMs;
    const flood = keepAsking(gateway, ministry, atOnce, isOver);
    const answers = await keepAsking(gateway, commune, 2, isOver);
    t.same([...answers.keys()], ['answered']);
    t.ok((answers.get('answered') ?? 0) >= 8, `the commune has ${answers.get('answered')} answers`);
    const outcomes = await flood;
    t.ok((outcomes.get('answered') ?? 0) >= 50, 'the registry has the whole time to answer');
    t.notOk(outcomes.has('registry-timeout') || outcomes.has('circuit-open'), JSON.stringify([...outcomes]));
  });
}
