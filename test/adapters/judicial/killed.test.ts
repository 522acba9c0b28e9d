/** The registry's process is killed again and again while it enters births: each is in the books once, and stays there. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import adapter from '../../../adapters/judicial/adapter.ts';
import { seedRegistry } from '../../../adapters/judicial/simulator/seed.ts';
import type { DeliveryOutcome } from '../../../src/adapter-kit/index.ts';
import { deliveryOf, give } from '../../contracts/delivery.ts';
import { createAuthority } from '../../support/certificates.ts';
import { countRows } from '../../support/count-rows.ts';
import { createSampleMessages } from '../../support/sample-messages.ts';
import { startPostgres } from '../../support/servers.ts';

// Starting everything takes its time on a loaded machine.
t.setTimeout(120_000);

const rounds = 5;
const atOnce = 12;
const module = fileURLToPath(new URL('../../../adapters/judicial/simulator/main.ts', import.meta.url));

t.test('a registry that is killed between effect and acknowledgement has done it once', async (t) => {
  const authority = await createAuthority(t);
  const tls = await authority.issue('judicial-registry');
  const { url: databaseUrl } = await startPostgres(t);
  await seedRegistry(databaseUrl);
  const behaviour = { mode: 'normal', latencyMs: 0 };
  const JUDICIAL_SIMULATOR = JSON.stringify({ databaseUrl, tls, client: 'judicial-gateway', behaviour });
  let child: ChildProcess | undefined;
  const start = async (port: number): Promise<number> => {
    const started = fork(module, {
      env: { JUDICIAL_SIMULATOR, LIENTHONG_PORT: String(port) },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child = started;
    const [ready] = (await once(started, 'message')) as [{ port: number }];
    return ready.port;
  };
  t.teardown(() => child?.kill('SIGKILL'));
  const port = await start(0);
  const registry = await adapter.open({
    url: `https://127.0.0.1:${port}`,
    connectTimeoutMs: 2_000,
    headersTimeoutMs: 5_000,
    bodyTimeoutMs: 5_000,
    connectionsMax: atOnce,
    answerBytesMax: 100_000,
    tls: await authority.issue('judicial-gateway'),
  });
  t.teardown(() => registry.close());
  const people = createSampleMessages();
  const seen = { acknowledged: 0, interrupted: 0 };

  for (let round = 0; round < rounds; round += 1) {
    const deliveries = Array.from({ length: atOnce }, () =>
      deliveryOf({ delivery: 'register-birth.v1' }, { message: people.birth() }),
    );
    const first = deliveries.map((delivery) => give(registry, delivery));
    const settling = Promise.allSettled(first);
    // Later and later in the round: the others are anywhere between their request and their acknowledgement.
    await someOf(first, round * 2);
    const exited = child === undefined ? undefined : once(child, 'exit');
    child?.kill('SIGKILL');
    await exited;
    const acknowledged = await settling;
    for (const { status } of acknowledged) seen[status === 'fulfilled' ? 'acknowledged' : 'interrupted'] += 1;
    await start(port);
    for (const [index, delivery] of deliveries.entries()) {
      const again = await give(registry, delivery);
      const before = acknowledged[index] as PromiseSettledResult<DeliveryOutcome>;
      if (before.status === 'fulfilled') t.strictSame(again, before.value, 'what was acknowledged is still so');
      t.match(again, { outcome: 'done' });
    }
    const mothers = deliveries.map(({ message }) => (message as { mother: { pin: string } }).mother.pin);
    const entered = 'SELECT count(*) FROM khai_sinh_cho_so WHERE me_so_dinh_danh = ANY($1)';
    t.equal(await countRows(databaseUrl, entered, [mothers]), atOnce, 'each once');
  }
  t.ok(seen.interrupted > 0 && seen.acknowledged > 0, JSON.stringify(seen));
});

/** Resolves when so many have been acknowledged. */
function someOf(given: readonly Promise<unknown>[], count: number): Promise<void> {
  let done = 0;
  return new Promise((resolve) => {
    if (count === 0) resolve();
    const acknowledged = () => {
      done += 1;
      if (done >= count) resolve();
    };
    for (const one of given) one.then(acknowledged, () => undefined);
  });
}
