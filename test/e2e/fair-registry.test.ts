/** One ministry's batch at a slow registry costs the others no answer: all wait in the gateway's line, and waiting is no failure of the registry's. */

import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { eventually } from '../support/eventually.ts';
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

interface Asking {
  readonly outcomes: ReadonlyMap<string, number>;
  end(): Promise<void>;
}

/** Asks about somebody else each time, so many at once, until told to end; counts each outcome. */
function keepAsking(gateway: TestGateway, consumer: string, atOnce: number): Asking {
  const outcomes = new Map<string, number>();
  let isOver = false;
  let asked = atOnce * 1000;
  const ask = async () => {
    while (!isOver) {
      asked += 1;
      const pin = `09919${String(asked).padStart(7, '0')}`;
      const { status, body } = await gateway.call(askService, consumer, { pin });
      const outcome = status === 200 ? 'answered' : body.code;
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      if (status !== 200) await sleep(200);
    }
  };
  const all = Array.from({ length: atOnce }, ask);
  const end = async () => {
    isOver = true;
    await Promise.all(all);
  };
  return { outcomes, end };
}

for (const [priority, atOnce] of [
  ['batch', 120],
  ['interactive', 200],
] as const) {
  t.test(`${atOnce} ${priority} calls of a ministry at once leave a commune its answers`, async (t) => {
    const gateway = await start(priority);
    const flood = keepAsking(gateway, ministry, atOnce);
    await eventually(() => (flood.outcomes.get('registry-busy') ?? 0) > 0);
    const answers = keepAsking(gateway, commune, 2);
    await sleep(3000);
    await Promise.all([flood.end(), answers.end()]);
    const told = JSON.stringify([...flood.outcomes]);
    t.same([...answers.outcomes.keys()], ['answered']);
    t.ok((answers.outcomes.get('answered') ?? 0) >= 6, `the commune has ${answers.outcomes.get('answered')} answers`);
    t.ok((flood.outcomes.get('answered') ?? 0) >= 40, `the registry has the whole time to answer: ${told}`);
    t.notOk(flood.outcomes.has('registry-timeout') || flood.outcomes.has('circuit-open'), told);
  });
}
