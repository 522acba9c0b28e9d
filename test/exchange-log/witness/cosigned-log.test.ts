/** A log that shows its checkpoints to witnesses: what it publishes with them, and without. */

import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { createCosigner, formatVerifierKey } from '../../../src/exchange-log/note/keys.ts';
import { formatSignature, parseNote, signatureOf } from '../../../src/exchange-log/note/note.ts';
import { type Disk, realDisk } from '../../../src/exchange-log/store/disk.ts';
import type { TransparencyLog } from '../../../src/exchange-log/transparency-log.ts';
import { eventually } from '../../support/eventually.ts';
import { createKillableDisk } from '../../support/killable-disk.ts';
import { watchDisk } from '../../support/log-disk-fixture.ts';
import { listSegments } from '../../support/log-files.ts';
import {
  checkpointOf,
  copyLog,
  demandNumbers,
  makeLogFolder,
  numberedEntry,
  openTestLog,
  recordEntries,
  type TestLogSetup,
} from '../../support/log-fixture.ts';
import { startLoopbackProxy } from '../../support/loopback-proxy.ts';
import {
  askWitnesses,
  cosignersOf,
  makeWitnessKey,
  startTestWitness,
  startToldWitness,
  type TestWitness,
} from '../../support/witness-fixture.ts';

t.setTimeout(120_000);

const quick = { checkpointIntervalMs: 20 };

/** The key of the log that all tests of this file open. */
const { vkey } = await (async () => {
  const log = await openTestLog({ folder: path.join(t.testdir({}), 'exchange-log') });
  await log.close();
  return log;
})();

async function startWitnesses(t: Test, count: number): Promise<TestWitness[]> {
  const names = Array.from({ length: count }, (_one, index) => `witness.example/w${index + 1}`);
  return Promise.all(
    names.map(async (name) => startTestWitness(t, { folder: await makeLogFolder(t), logs: [vkey], name })),
  );
}

/** Closed with the test, however that ends. */
async function open(t: Test, setup: TestLogSetup): Promise<TransparencyLog> {
  const log = await openTestLog({ settings: quick, ...setup });
  t.teardown(() => log.close());
  return log;
}

t.test('a checkpoint carries the cosignatures of all witnesses, and each saw every step', async (t) => {
  const witnesses = await startWitnesses(t, 3);
  const { cosigning, heard } = askWitnesses(witnesses, { wanted: 3, without: 'refuse' });
  const log = await open(t, { folder: await makeLogFolder(t), cosigning });
  for (const count of [1, 300, 7, 1000]) {
    await recordEntries(log, count);
    const note = await log.waitForCheckpoint(log.size() - 1);
    t.same(cosignersOf(note, witnesses), ['w1', 'w2', 'w3']);
    t.equal(checkpointOf(log).size, log.size());
  }
  t.ok(
    heard.every((line) => line.endsWith(' cosigned')),
    heard.join('\n'),
  );
  for (const { cosigned } of witnesses) t.equal(cosigned.at(-1)?.size, 1308);
});

t.test('warn: what too few cosigned is published all the same, and completed when the witness is back', async (t) => {
  const [witness] = await startWitnesses(t, 1);
  if (witness === undefined) throw new Error('no witness');
  const proxy = await startLoopbackProxy(t, witness.url);
  const peer = { url: proxy.url, vkey: witness.vkey };
  const { cosigning, heard } = askWitnesses([peer], { without: 'warn' });
  const folder = await makeLogFolder(t);
  const log = await open(t, { folder, cosigning });
  await proxy.down();
  await recordEntries(log, 10);
  const bare = await log.waitForCheckpoint(9);
  t.same(cosignersOf(bare, [peer]), []);
  t.equal(checkpointOf(log).size, 10);
  t.equal(log.lacksWitnesses, false);
  await proxy.up();
  await eventually(() => cosignersOf(log.checkpoint(), [peer]).length === 1);
  t.equal(checkpointOf(log).size, 10, 'no entry was needed for it');
  t.same((await readFile(path.join(folder, 'checkpoint'))).toString(), log.checkpoint());
  t.ok(heard.includes('w1 recovered'));
  t.equal(heard.filter((line) => line.startsWith('w1 failed')).length, 1, 'a failure is told once');
});

t.test(
  'refuse: nothing is published without them; after the grace nothing is recorded; all of it comes back by itself',
  async (t) => {
    const [witness] = await startWitnesses(t, 1);
    if (witness === undefined) throw new Error('no witness');
    const proxy = await startLoopbackProxy(t, witness.url);
    const peer = { url: proxy.url, vkey: witness.vkey };
    const { cosigning } = askWitnesses([peer], { without: 'refuse', graceMs: 400 });
    const log = await open(t, { folder: await makeLogFolder(t), cosigning });
    await recordEntries(log, 5);
    const before = await log.waitForCheckpoint(4);
    await proxy.down();
    await recordEntries(log, 300);
    t.equal(log.lacksWitnesses, false, 'there is a time of grace');
    const waiting = log.waitForCheckpoint(304);
    await eventually(() => log.lacksWitnesses);
    await t.rejects(log.record(numberedEntry(305)), { name: 'Problem', code: 'witnesses-missing' });
    t.equal(log.checkpoint(), before, 'the newest sufficient checkpoint stays');
    t.equal(log.failure, undefined, 'the log itself is sound');
    await proxy.up();
    t.same(cosignersOf(await waiting, [peer]), ['w1']);
    t.equal(checkpointOf(log).size, 305);
    t.equal(log.lacksWitnesses, false);
    await recordEntries(log, 1);
  },
);

t.test(
  'refuse: the segments are released all the same, so that waiting costs no more disk than the log itself',
  async (t) => {
    const { cosigning } = askWitnesses([{ url: 'http://127.0.0.1:9', vkey: await keyOfNobody(t) }], {
      without: 'refuse',
    });
    const folder = await makeLogFolder(t);
    const settings = { ...quick, segmentBytes: 8192, entryBytesMax: 1000, batchBytesMax: 3000 };
    const log = await openTestLog({ folder, cosigning, settings });
    for (let round = 0; round < 20; round += 1) await recordEntries(log, 100);
    await eventually(async () => (await listSegments(folder)).length <= 4);
    t.equal(checkpointOf(log).size, 0);
    await log.close();
    const again = await open(t, { folder, settings });
    await demandNumbers(t, again, 2000);
  },
);

t.test('a log starts, records and ends while its witnesses are dead, and nothing is lost', async (t) => {
  const [witness] = await startWitnesses(t, 1);
  if (witness === undefined) throw new Error('no witness');
  const proxy = await startLoopbackProxy(t, witness.url);
  const peer = { url: proxy.url, vkey: witness.vkey };
  const folder = await makeLogFolder(t);
  const limits = { without: 'refuse', timeoutMs: 500 } as const;
  proxy.freeze();
  for (const count of [10, 300, 20]) {
    const startedMs = performance.now();
    const log = await openTestLog({ folder, settings: quick, cosigning: askWitnesses([peer], limits).cosigning });
    await recordEntries(log, count);
    t.equal(checkpointOf(log).size, 0);
    await log.close();
    const tookMs = performance.now() - startedMs;
    t.ok(tookMs < 3 * limits.timeoutMs + 1000, `it took ${tookMs} ms`);
  }
  proxy.thaw();
  const log = await open(t, { folder, cosigning: askWitnesses([peer], limits).cosigning });
  t.same(cosignersOf(await log.waitForCheckpoint(329), [peer]), ['w1']);
  await demandNumbers(t, log, 330);
});

t.test('a slow witness holds one checkpoint up, then no more', async (t) => {
  const [sound, slow] = await startWitnesses(t, 2);
  if (sound === undefined || slow === undefined) throw new Error('no witnesses');
  const proxy = await startLoopbackProxy(t, slow.url);
  const peers = [sound, { url: proxy.url, vkey: slow.vkey }];
  const { cosigning } = askWitnesses(peers, { wanted: 1, timeoutMs: 1000, backoffMs: 100, backoffMsMax: 100 });
  const log = await open(t, { folder: await makeLogFolder(t), cosigning });
  await recordEntries(log, 1);
  t.same(cosignersOf(await log.waitForCheckpoint(0), peers), ['w1', 'w2']);
  proxy.freeze();
  await recordEntries(log, 1);
  await log.waitForCheckpoint(1);
  const times: number[] = [];
  for (let round = 0; round < 20; round += 1) {
    const startedMs = performance.now();
    await recordEntries(log, 1);
    t.same(cosignersOf(await log.waitForCheckpoint(log.size() - 1), peers), ['w1']);
    times.push(performance.now() - startedMs);
  }
  t.ok(Math.max(...times) < 900, `checkpoints took up to ${Math.max(...times)} ms`);
  proxy.thaw();
  await eventually(async () => {
    await recordEntries(log, 1);
    return cosignersOf(await log.waitForCheckpoint(log.size() - 1), peers).length === 2;
  });
});

t.test('a lying witness adds nothing to a checkpoint, and costs no more than its time', async (t) => {
  const elsewhere = await startWitnesses(t, 1);
  const liars: Record<string, Parameters<typeof startToldWitness>[1]> = {
    garbage: (response) => response.end('no signature lines'),
    nothing: (response) => response.end(),
    'an endless body': (response) => {
      const more = () => response.write('x'.repeat(1000), () => setImmediate(more));
      more();
    },
    'the log itself as its cosigner': (response, body) => response.end(`${body.trimEnd().split('\n').at(-1)}\n`),
    'a status nobody knows': (response) => response.writeHead(599).end(),
    'somewhere else to go': (response) => response.writeHead(307, { location: elsewhere[0]?.url }).end(),
    'no such log': (response) => response.writeHead(404).end(),
    'another key of the log': (response) => response.writeHead(403).end(),
    'an unreadable request': (response) => response.writeHead(400).end(),
    'a size that is none': (response) => response.writeHead(409).end('-1\n'),
    'another size each time': (response, body) => response.writeHead(409).end(body.startsWith('old 0') ? '2\n' : '0\n'),
    'a connection that breaks': (response) => response.destroy(),
  };
  const heardOf: Record<string, string | undefined> = {};
  for (const [what, answer] of Object.entries(liars)) {
    const liar = { url: (await startToldWitness(t, answer)).url, vkey: await keyOfNobody(t) };
    const { cosigning, heard } = askWitnesses([liar], { timeoutMs: 1000 });
    const log = await openTestLog({ folder: await makeLogFolder(t), settings: quick, cosigning });
    await recordEntries(log, 3);
    const note = await log.waitForCheckpoint(2);
    t.same(cosignersOf(note, [liar]), [], what);
    t.equal(note.trimEnd().split('\n').length, 5, 'nor is there any other line');
    await log.close();
    [heardOf[what]] = heard;
  }
  t.same(heardOf, {
    garbage: 'w1 answer-invalid',
    nothing: 'w1 answer-invalid',
    'an endless body': 'w1 answer-invalid',
    'the log itself as its cosigner': 'w1 cosignature-invalid',
    'a status nobody knows': 'w1 refused',
    'somewhere else to go': 'w1 unreachable',
    'no such log': 'w1 refused',
    'another key of the log': 'w1 refused',
    'an unreadable request': 'w1 refused',
    'a size that is none': 'w1 answer-invalid',
    'another size each time': 'w1 conflict',
    'a connection that breaks': 'w1 unreachable',
  });
});

t.test('a cosignature over another tree, or by another key of that name, is not taken', async (t) => {
  const privateKey = makeWitnessKey();
  const logs = [vkey];
  const name = 'witness.example/w1';
  const other = await startTestWitness(t, { folder: await makeLogFolder(t), logs, name, privateKey: makeWitnessKey() });
  const own = await startTestWitness(t, { folder: await makeLogFolder(t), logs, name, privateKey });
  const wrongKey = askWitnesses([{ url: other.url, vkey: own.vkey }]);
  const log = await open(t, { folder: await makeLogFolder(t), cosigning: wrongKey.cosigning });
  await recordEntries(log, 1);
  await log.waitForCheckpoint(0);
  t.match(wrongKey.heard, ['w1 cosignature-invalid', /without a cosignature of the configured key/]);

  const earlier = await fetch(`${own.url}/add-checkpoint`, { method: 'POST', body: `old 0\n\n${log.checkpoint()}` });
  const stale = await earlier.text();
  const liar = { url: (await startToldWitness(t, (response) => response.end(stale))).url, vkey: own.vkey };
  const anotherTree = askWitnesses([liar]);
  const grown = await open(t, { folder: await makeLogFolder(t), cosigning: anotherTree.cosigning });
  await recordEntries(grown, 2);
  await grown.waitForCheckpoint(1);
  t.match(anotherTree.heard, ['w1 cosignature-invalid', /does not fit the checkpoint/]);
});

t.test('a witness that answers 409 with the size that it was asked from contradicts the log', async (t) => {
  const liar = await startToldWitness(t, (response, body) => {
    const size = body.split('\n')[3];
    response.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end(`${size}\n`);
  });
  const { cosigning, heard } = askWitnesses([{ url: liar.url, vkey: await keyOfNobody(t) }], { without: 'refuse' });
  const log = await open(t, { folder: await makeLogFolder(t), cosigning });
  await Promise.all(Array.from({ length: 3 }, (_one, index) => log.record(numberedEntry(index))));
  await eventually(() => heard.includes('w1 log-rewritten'));
  t.match(heard.join('\n'), /w1 failed: it answers 409 to the very size that it knows, 3: what it cosigned is not/);
  t.ok(cosigning.isDisputed);
});

t.test('a cosignature of 1970 or 2036 does not count, and the log tells why', async (t) => {
  const privateKey = makeWitnessKey();
  for (const seconds of [1, Date.UTC(2036, 0, 1) / 1000, Math.floor(Date.now() / 1000) - 120]) {
    const cosigner = createCosigner('witness.example/w1', privateKey, () => seconds);
    const odd = await startToldWitness(t, (response, body) => {
      const { text } = parseNote(body.split('\n\n').slice(1).join('\n\n'));
      response.end(formatSignature(signatureOf(text, cosigner)));
    });
    const vkey = formatVerifierKey(cosigner.verifier);
    const { cosigning, heard } = askWitnesses([{ url: odd.url, vkey }], { clockSkewMsMax: 60_000 });
    const log = await open(t, { folder: await makeLogFolder(t), cosigning });
    await recordEntries(log, 1);
    const note = await log.waitForCheckpoint(0);
    t.same(cosignersOf(note, [{ vkey }]), [], `${seconds}`);
    t.match(heard, [
      'w1 cosignature-invalid',
      /time of its cosignature, \d+, is \d+ s from .* clockSkewMsMax is 60000 ms/,
    ]);
  }
});

t.test('a witness that knows an older size is brought up from there', async (t) => {
  const [witness] = await startWitnesses(t, 1);
  if (witness === undefined) throw new Error('no witness');
  const folder = await makeLogFolder(t);
  const first = await openTestLog({ folder, settings: quick, cosigning: askWitnesses([witness]).cosigning });
  await recordEntries(first, 700);
  await first.waitForCheckpoint(699);
  await first.close();
  const without = await openTestLog({ folder, settings: quick });
  await recordEntries(without, 5000);
  await without.close();
  const { cosigning, heard } = askWitnesses([witness]);
  const log = await open(t, { folder, cosigning });
  await eventually(() => cosignersOf(log.checkpoint(), [witness]).length === 1);
  t.same(heard, ['w1 cosigned']);
  t.same(witness.cosigned.map(({ size }) => size).at(-1), 5700);
});

t.test('after a restart the witness is asked from where it was, without a detour', async (t) => {
  const folder = await makeLogFolder(t);
  const privateKey = makeWitnessKey();
  const witness = await startTestWitness(t, { folder: await makeLogFolder(t), logs: [vkey], privateKey });
  const bodies: string[] = [];
  const relay = await startToldWitness(t, async (response, body) => {
    bodies.push(body.split('\n')[0] ?? '');
    const answer = await fetch(`${witness.url}/add-checkpoint`, { method: 'POST', body });
    response.writeHead(answer.status).end(await answer.text());
  });
  const peer = { url: relay.url, vkey: witness.vkey };
  for (let start = 0; start < 3; start += 1) {
    const log = await openTestLog({ folder, settings: quick, cosigning: askWitnesses([peer]).cosigning });
    await recordEntries(log, 4);
    await log.waitForCheckpoint(log.size() - 1);
    await log.close();
  }
  t.same(bodies, ['old 0', 'old 4', 'old 8']);
});

t.test('a log that was rolled back is told so, loudly, and gets no cosignature', async (t) => {
  const [witness] = await startWitnesses(t, 1);
  if (witness === undefined) throw new Error('no witness');
  const folder = await makeLogFolder(t);
  const first = await openTestLog({ folder, settings: quick, cosigning: askWitnesses([witness]).cosigning });
  await recordEntries(first, 10);
  await first.close();
  const backup = await copyLog(folder, 'backup');
  const second = await openTestLog({ folder, settings: quick, cosigning: askWitnesses([witness]).cosigning });
  await recordEntries(second, 10);
  await second.close();

  const { cosigning, heard } = askWitnesses([witness], { without: 'refuse' });
  const log = await open(t, { folder: backup, cosigning });
  await recordEntries(log, 3);
  await eventually(() => heard.filter((line) => /failed/.test(line)).length >= 2);
  t.match(heard[1], 'w1 failed: it cosigned 20 entries of this log, which now has 13: the log was rolled back');
  t.ok(heard.includes('w1 log-rolled-back'));
  t.equal(checkpointOf(log).size, 10, 'nothing new is published');
});

t.test('refuse: a log that a witness contradicts takes nothing more, after a restart neither', async (t) => {
  const witnesses = await startWitnesses(t, 2);
  const [disputing] = witnesses;
  const folder = await makeLogFolder(t);
  const first = await openTestLog({
    folder,
    settings: quick,
    cosigning: askWitnesses([disputing as TestWitness]).cosigning,
  });
  await recordEntries(first, 20);
  await first.close();
  const rolledBack = await makeLogFolder(t);
  for (const start of ['first', 'second']) {
    // The other witness is enough, and there is a long time of grace.
    const { cosigning } = askWitnesses(witnesses, { wanted: 1, without: 'refuse', graceMs: 3_600_000 });
    const log = await openTestLog({ folder: rolledBack, settings: quick, cosigning });
    // The checkpoint from before is enough to start with; the next one is shown to both.
    await recordEntries(log, 3);
    await eventually(() => log.lacksWitnesses);
    await t.rejects(log.record(numberedEntry(3)), { code: 'witnesses-missing' }, `${start} start`);
    await log.close();
  }
});

t.test('refuse: a dispute ends when the witness cosigns, though the log cannot grow meanwhile', async (t) => {
  const [sound, other] = await startWitnesses(t, 2);
  if (sound === undefined || other === undefined) throw new Error('no witnesses');
  let isLying = false;
  const relay = await startToldWitness(t, async (response, body) => {
    if (isLying) return response.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end('1000\n');
    const answer = await fetch(`${other.url}/add-checkpoint`, { method: 'POST', body });
    return response.writeHead(answer.status).end(await answer.text());
  });
  const peers = [sound, { url: relay.url, vkey: other.vkey }];
  const { cosigning } = askWitnesses(peers, { wanted: 1, without: 'refuse' });
  const log = await open(t, { folder: await makeLogFolder(t), cosigning });
  await recordEntries(log, 1);
  await log.waitForCheckpoint(0);
  isLying = true;
  await recordEntries(log, 1);
  await eventually(() => log.lacksWitnesses);
  isLying = false;
  await eventually(() => !log.lacksWitnesses);
  await recordEntries(log, 1);
});

t.test('refuse: a restart does not give more time, by the clock of the entries', async (t) => {
  const graceMs = 60_000;
  const nowMs = Date.parse('2030-01-01T00:00:00Z');
  const peer = { url: 'http://127.0.0.1:9', vkey: await keyOfNobody(t) };
  const folder = await makeLogFolder(t);
  const start = (atMs: number) => {
    const { cosigning } = askWitnesses([peer], { without: 'refuse', graceMs });
    return openTestLog({ folder, settings: quick, clock: { nowMs: () => atMs }, cosigning });
  };
  const first = await start(nowMs);
  for (const secondsLater of [0, 30]) {
    const time = new Date(nowMs + secondsLater * 1000).toISOString();
    await first.record({ ...numberedEntry(secondsLater), time });
  }
  await first.close();
  for (const [agoMs, isOver] of [
    [-3_600_000, false],
    [graceMs - 10_000, false],
    [graceMs + 1, true],
    [3_600_000, true],
  ] as const) {
    const log = await start(nowMs + agoMs);
    t.equal(log.lacksWitnesses, isOver, `${agoMs} ms after the oldest entry`);
    const recording = log.record({ ...numberedEntry(1), time: new Date(nowMs + agoMs).toISOString() });
    if (isOver) await t.rejects(recording, { code: 'witnesses-missing' });
    else await recording;
    await log.close();
  }
});

t.test('a history that was rewritten and signed with the same key gets no cosignature', async (t) => {
  const [witness] = await startWitnesses(t, 1);
  if (witness === undefined) throw new Error('no witness');
  const folder = await makeLogFolder(t);
  const first = await openTestLog({ folder, settings: quick, cosigning: askWitnesses([witness]).cosigning });
  await recordEntries(first, 10);
  await first.close();

  const { cosigning, heard } = askWitnesses([witness], { without: 'refuse' });
  const forked = await open(t, { folder: await makeLogFolder(t), cosigning });
  // All at once: after the first word of the witness nothing more is recorded.
  await Promise.all(Array.from({ length: 20 }, (_one, index) => forked.record(numberedEntry(index + 1))));
  await eventually(() => heard.includes('w1 log-rewritten'));
  t.match(heard.join('\n'), /w1 failed: it answers 422: what it cosigned is not the beginning of this log/);
  t.same(cosignersOf(forked.checkpoint(), [witness]), []);
  t.equal(witness.cosigned.at(-1)?.size, 10);
  t.match(witness.evidence[0], /^lienthong.example\/test\n\d+\n/, 'the signed contradiction is kept');
});

t.test('a witness that lost its memory is told of, and brought up again', async (t) => {
  const folder = await makeLogFolder(t);
  const privateKey = makeWitnessKey();
  const start = async () => startTestWitness(t, { folder: await makeLogFolder(t), logs: [vkey], privateKey });
  const witness = await start();
  const other = await start();
  let present = witness;
  const relay = await startToldWitness(t, async (response, body) => {
    const answer = await fetch(`${present.url}/add-checkpoint`, { method: 'POST', body });
    response.writeHead(answer.status).end(await answer.text());
  });
  const peer = { url: relay.url, vkey: witness.vkey };
  const { cosigning, heard } = askWitnesses([peer]);
  const log = await open(t, { folder, cosigning });
  await recordEntries(log, 4);
  await log.waitForCheckpoint(3);
  present = other;
  await recordEntries(log, 4);
  t.same(cosignersOf(await log.waitForCheckpoint(7), [peer]), ['w1']);
  t.same(heard, ['w1 cosigned', 'w1 forgot 4, knows 0', 'w1 cosigned']);
});

t.test('killed between the cosignature and the checkpoint, the log begins where the witness has seen it', async (t) => {
  const [witness] = await startWitnesses(t, 1);
  if (witness === undefined) throw new Error('no witness');
  const folder = await makeLogFolder(t);
  const killable = createKillableDisk();
  const disk: Disk = {
    ...killable,
    async rename(from, to) {
      if (witness.cosigned.length > 0 && path.basename(to) === 'checkpoint') await killable.kill();
      await killable.rename(from, to);
    },
  };
  const cosigning = () => askWitnesses([witness], { without: 'refuse' }).cosigning;
  const killed = await openTestLog({ folder, disk, settings: quick, cosigning: cosigning() });
  await recordEntries(killed, 300);
  await eventually(() => killed.failure);
  await killed.close();
  t.equal((await readFile(path.join(folder, 'checkpoint'), 'utf8')).split('\n')[1], '0');
  // How many of them had come into the tree by then is left to the event loop.
  const seen = witness.cosigned.at(-1)?.size ?? 0;
  t.ok(seen > 0 && seen <= 300, 'the witness has seen more than the checkpoint tells');

  const log = await open(t, { folder, cosigning: cosigning() });
  t.same(cosignersOf(await log.waitForCheckpoint(299), [witness]), ['w1']);
  await demandNumbers(t, log, 300);
});

t.test('what the log has signed and not published is as little to be changed as its checkpoint', async (t) => {
  const { cosigning } = askWitnesses([{ url: 'http://127.0.0.1:9', vkey: await keyOfNobody(t) }], {
    without: 'refuse',
  });
  const folder = await makeLogFolder(t);
  const settings = { ...quick, segmentBytes: 8192, entryBytesMax: 1000, batchBytesMax: 3000 };
  const first = await openTestLog({ folder, settings, cosigning });
  for (let round = 0; round < 10; round += 1) await recordEntries(first, 100);
  await eventually(async () => (await listSegments(folder))[0] !== 0);
  await first.close();
  const head = path.join(folder, 'segments/head');
  const note = await readFile(head);
  for (const at of [0, 30, note.byteLength - 10]) {
    const changed = Buffer.from(note);
    changed[at] = (changed[at] as number) ^ 1;
    await writeFile(head, changed);
    await t.rejects(openTestLog({ folder }), { name: 'LogDamage', message: /segments\/head/ }, `byte ${at}`);
  }
  await rm(head);
  await t.rejects(openTestLog({ folder }), { name: 'LogDamage' }, 'nor can it be taken away');
  await writeFile(head, note);
  await demandNumbers(t, await open(t, { folder }), 1000);
});

t.test('a witness is shown nothing that is not durable', async (t) => {
  const disk = watchDisk(realDisk);
  const sizes: number[] = [];
  const told = await startToldWitness(t, (response, body) => {
    sizes.push(Number(body.split('\n\n')[1]?.split('\n')[1]));
    response.writeHead(503).end();
  });
  const { cosigning } = askWitnesses([{ url: told.url, vkey: await keyOfNobody(t) }]);
  const log = await open(t, { folder: await makeLogFolder(t), disk, cosigning });
  await recordEntries(log, 3);
  await log.waitForCheckpoint(2);
  disk.hold();
  const recording = recordEntries(log, 5);
  await eventually(() => disk.waiting > 0);
  await sleep(300);
  t.equal(Math.max(...sizes), 3);
  disk.release();
  await recording;
  await eventually(() => Math.max(...sizes) === 8);
});

async function keyOfNobody(t: Test): Promise<string> {
  return (await startTestWitness(t, { folder: await makeLogFolder(t), logs: [] })).vkey;
}
