/** A crash before any operation on the disk takes nothing back that a witness has seen, whether it was published by then or not. */

import path from 'node:path';
import t, { type Test } from 'tap';
import { crashEverywhere, newLog, recoverFromAll } from '../../support/crash-fixture.ts';
import { makeLogFolder, openTestLog } from '../../support/log-fixture.ts';
import { askWitnesses, startTestWitness } from '../../support/witness-fixture.ts';

t.setTimeout(240_000);

const { vkey } = await (async () => {
  const log = await openTestLog({ folder: path.join(t.testdir({}), 'exchange-log') });
  await log.close();
  return log;
})();

async function startWitness(t: Test) {
  return startTestWitness(t, { folder: await makeLogFolder(t), logs: [vkey] });
}

t.test('where each checkpoint waits for its cosignature', async (t) => {
  const witness = await startWitness(t);
  const { cosigning } = askWitnesses([witness], { without: 'refuse' });
  const cosignedSize = () => witness.cosigned.at(-1)?.size ?? 0;
  const crashes = await crashEverywhere(t, newLog, [1, 270], { cosigning, cosignedSize });
  t.equal(cosignedSize(), 271);
  t.ok(
    crashes.some(({ before }) => /head/.test(before)),
    'heads are written down',
  );
  const { recoveries, faults } = await recoverFromAll(t, crashes);
  t.strictSame(faults, [], 'what was seen is there, and the log goes on');
  t.ok(recoveries > 50, 'operations of every kind were cut', { recoveries });
});

t.test('where the witness is dead, so that nothing is published', async (t) => {
  const { vkey: nobody } = await startWitness(t);
  const { cosigning } = askWitnesses([{ url: 'http://127.0.0.1:9', vkey: nobody }], { without: 'refuse' });
  const crashes = await crashEverywhere(t, newLog, [270], { cosigning, cosignedSize: () => 0 });
  const { recoveries, faults } = await recoverFromAll(t, crashes);
  t.strictSame(faults, [], 'what was seen is there, and the log goes on');
  t.ok(recoveries > 50, 'operations of every kind were cut', { recoveries });
});
