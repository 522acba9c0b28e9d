/** A chaos run: the gateway under a mixed load while everything it depends on, and it itself, is stopped and killed in turn; ends with 1 where anything got lost, wrong or did not come back. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRandom } from '../support/random-fixture.ts';
import { findPushesAmiss, readRecorded } from './afterwards.ts';
import { type ChaosOptions, parseArguments, UsageError, usage } from './arguments.ts';
import { runFaults } from './faults.ts';
import { startLoad } from './load.ts';
import { fullBound, quickBound } from './neighbours.ts';
import { untoldOf } from './outside.ts';
import { createChaosPlace } from './place.ts';
import { createPushes } from './pushes.ts';
import { prepareQuestions, prepareResidents } from './questions.ts';
import { createResidents } from './residents.ts';
import { chargesText, tableOf } from './table.ts';
import { chargesOf } from './verdict.ts';

const recoverSecondsMax = 60;
const settleMsMax = 180_000;
const exitCodes = { failed: 1, usage: 2, interrupted: 130 };
const say = (line: string) => process.stdout.write(`${line}\n`);
const complain = (line: string) => process.stderr.write(`${line}\n`);

/** Resolves with whether everything was as promised. */
async function chaos({ seed, quick, seconds, perSecond }: ChaosOptions, signal: AbortSignal): Promise<boolean> {
  await using stack = new AsyncDisposableStack();
  const t = { teardown: (action: () => Promise<void>) => stack.defer(action) };
  const folder = await mkdtemp(path.join(tmpdir(), 'lienthong-chaos-'));
  let isPassed = false;
  stack.defer(async () => {
    if (isPassed || signal.aborted) await rm(folder, { recursive: true, force: true });
    else say(`What the processes printed, data and configuration are left in ${folder}`);
  });
  say(
    `Seed ${seed}: starting Redis, three PostgreSQL, MariaDB, the judicial registry, a webhook receiver, a collector and the gateway …`,
  );
  const place = await createChaosPlace(t, { folder, quick, withOutside: true });
  const questions = await prepareQuestions(place);
  const pushes = createPushes();
  const residents = createResidents(await prepareResidents(place, pushes.residentPins));
  await place.gateway.start();
  signal.throwIfAborted();

  const load = startLoad({ place, questions, pushes, residents, seed: seed + 1, perSecond });
  const startedMs = performance.now();
  const tell = (name: string) => say(`${((performance.now() - startedMs) / 1000).toFixed(1).padStart(6)} s  ${name}`);
  const random = createRandom(seed);
  const phases = await runFaults({ place, load, random, seconds, recoverSecondsMax, signal, tell });
  await load.stop(recoverSecondsMax * 1000);
  tell('everything is answered; waiting for the deliveries');
  const neverAccepted = Array.from(
    { length: load.unaccepted() },
    () => 'never accepted, though everything was there again',
  );
  const amiss = await findPushesAmiss(place, load.accepted, settleMsMax);
  const untold = await untoldOf(place, load.accepted, settleMsMax);
  await place.gateway.terminate();
  const evidence = {
    phases,
    samples: load.samples,
    recorded: await readRecorded(place.data),
    pushes: { ...amiss, lost: [...amiss.lost, ...neverAccepted] },
    untold,
    bound: quick ? quickBound : fullBound,
  };
  const charges = chargesOf(evidence);
  say(`\n${tableOf(evidence)}\n`);
  say(
    `${load.accepted.length} pushes accepted, ${evidence.recorded.statuses.size} exchanges in the log, which is sound.`,
  );
  say(chargesText(charges));
  isPassed = charges.every(({ count }) => count === 0);
  say(isPassed ? 'Passed.' : `Failed; again with: npm run chaos -- ${quick ? '--quick ' : ''}--seed ${seed}`);
  return isPassed;
}

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stopping.signal.aborted) process.exit(exitCodes.interrupted);
    complain('Stopping …');
    stopping.abort(new Error(`stopped by ${signal}`));
  });
}

try {
  const options = parseArguments(process.argv.slice(2), () => Date.now() % 1_000_000);
  if (!(await chaos(options, stopping.signal))) process.exitCode = exitCodes.failed;
} catch (error) {
  complain(error instanceof UsageError ? `${error.message}\n\n${usage}` : String((error as Error).stack));
  process.exitCode = error instanceof UsageError ? exitCodes.usage : exitCodes.failed;
}
if (stopping.signal.aborted) process.exitCode = exitCodes.interrupted;
