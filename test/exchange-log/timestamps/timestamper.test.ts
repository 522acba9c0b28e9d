/** The newest checkpoint is stamped once an interval; an authority that answers badly, or not at all, stops nothing and is caught up with. */

import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { type Disk, realDisk } from '../../../src/exchange-log/store/disk.ts';
import { layoutOf } from '../../../src/exchange-log/store/layout.ts';
import { keptAnswer } from '../../../src/exchange-log/timestamps/answer.ts';
import { readAuthorities } from '../../../src/exchange-log/timestamps/authorities.ts';
import { openTimestampStore } from '../../../src/exchange-log/timestamps/timestamp-store.ts';
import { startTimestamps, type TimestampSettings } from '../../../src/exchange-log/timestamps/timestamps.ts';
import type { TransparencyLog } from '../../../src/exchange-log/transparency-log.ts';
import { createKillableDisk } from '../../support/killable-disk.ts';
import { makeLogFolder, openTestLog, recordEntries } from '../../support/log-fixture.ts';
import {
  type Answering,
  createTestTimestamps,
  sendTimestamp,
  startTimestampServer,
  type TimestampServer,
} from '../../support/timestamp-authority.ts';

t.setTimeout(120_000);

const timestamps = await createTestTimestamps(t);
await timestamps.addSigner('signer');
const authorities = await readAuthorities(timestamps.caFile);
const often = { intervalMs: 20, retryMs: 20, retryMsMax: 40 };
const once = { intervalMs: 3_600_000, retryMs: 20, retryMsMax: 40 };

interface Setup {
  readonly folder: string;
  readonly log: TransparencyLog;
  readonly server: TimestampServer;
  readonly settings?: Partial<TimestampSettings>;
  readonly disk?: Disk;
  readonly nowMs?: () => number;
}

interface Told {
  readonly stamped: number[];
  /** Reasons, and whether each was the first of its outage. */
  readonly failed: { readonly reason: string; readonly isFirst: boolean }[];
  recovered: number;
}

async function start(t: Test, { folder, log, server, settings, disk = realDisk, nowMs = Date.now }: Setup) {
  const told: Told = { stamped: [], failed: [], recovered: 0 };
  const store = await openTimestampStore(disk, layoutOf(folder));
  const running = await startTimestamps({
    settings: {
      url: server.url,
      caFiles: [],
      timeoutMs: 2000,
      answerBytesMax: 20_000,
      clockSkewMsMax: 60_000,
      ...often,
      ...settings,
    },
    authorities,
    store,
    checkpoint: log.checkpoint,
    clock: { nowMs },
    randomBytes,
    observer: {
      stamped: (size) => told.stamped.push(size),
      failed: (error, isFirst) => told.failed.push({ reason: (error as Error).message, isFirst }),
      recovered: () => {
        told.recovered += 1;
      },
    },
  });
  t.teardown(() => running.close());
  return { running, told, store };
}

async function makeLog(t: Test, count = 3) {
  const folder = await makeLogFolder(t);
  const log = await openTestLog({ folder, settings: { checkpointIntervalMs: 10 } });
  t.teardown(() => log.close());
  await recordEntries(log, count);
  if (count > 0) await log.waitForCheckpoint(count - 1);
  const server = await startTimestampServer(t, timestamps);
  return { folder, log, server };
}

async function until(done: () => boolean): Promise<void> {
  for (const endMs = Date.now() + 20_000; !done(); ) {
    if (Date.now() > endMs) throw new Error('it did not come about');
    await sleep(5);
  }
}

const filesOf = async (folder: string) => (await readdir(path.join(folder, 'timestamps')).catch(() => [])).sort();

t.test('each grown checkpoint is stamped, and OpenSSL accepts what is kept', async (t) => {
  const setup = await makeLog(t);
  const { told, running, store } = await start(t, setup);
  await until(() => told.stamped.length === 1);
  const asked = setup.server.asked.length;
  await sleep(100);
  t.equal(setup.server.asked.length, asked, 'nothing is asked where nothing has changed');
  await recordEntries(setup.log, 4);
  await until(() => told.stamped.length === 2);
  t.same(told, { stamped: [3, 7], failed: [], recovered: 0 });
  t.same(store.sizes, [3, 7]);
  t.same(await filesOf(setup.folder), [
    '0000000000000003.checkpoint',
    '0000000000000003.tsr',
    '0000000000000007.checkpoint',
    '0000000000000007.tsr',
  ]);
  t.ok(Math.abs((running.generatedMs ?? 0) - Date.now()) < 60_000);
  for (const name of ['0000000000000003', '0000000000000007']) {
    const file = path.join(setup.folder, 'timestamps', name);
    t.ok(await timestamps.verify(`${file}.tsr`, `${file}.checkpoint`));
  }
});

t.test('a log of nothing is not stamped', async (t) => {
  const setup = await makeLog(t, 0);
  await start(t, setup);
  await sleep(100);
  t.equal(setup.server.asked.length, 0);
});

const otherNonce: Answering = async (request, response) => {
  const at = request.lastIndexOf(Buffer.of(0x02, 0x08));
  request[at + 9] = (request[at + 9] as number) ^ 1;
  sendTimestamp(response, await timestamps.reply(request));
};
const otherImprint: Answering = async (request, response) => {
  const at = request.indexOf(Buffer.of(0x04, 0x20));
  request[at + 2] = (request[at + 2] as number) ^ 1;
  sendTimestamp(response, await timestamps.reply(request));
};
const rejection = Buffer.from('30053003020102', 'hex');

const misbehaviours: readonly (readonly [string, Answering, RegExp])[] = [
  ['with another imprint', otherImprint, /for other bytes than this checkpoint/],
  ['with another nonce', otherNonce, /the nonce is not ours/],
  ['with a refusal', (_request, response) => sendTimestamp(response, rejection), /the authority refused: rejection/],
  ['with garbage', (_request, response) => sendTimestamp(response, Buffer.from('garbage')), /the answer is no DER/],
  ['with nothing', (_request, response) => sendTimestamp(response, Buffer.alloc(0)), /the answer is no DER/],
  [
    'with a web page',
    (_request, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
    /something else than a timestamp/,
  ],
  ['with an error', (_request, response) => void response.writeHead(500).end(), /answers with status 500/],
  [
    'from elsewhere',
    (_request, response) => void response.writeHead(302, { location: '/x' }).end(),
    /the authority cannot be reached \(.*leads elsewhere\)/,
  ],
  [
    'without an end',
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/timestamp-reply' });
      const timer = setInterval(() => response.write(Buffer.alloc(5000)), 1);
      response.on('close', () => clearInterval(timer));
    },
    /longer than 20000 bytes/,
  ],
  ['too slowly', () => undefined, /the authority does not answer within 300 ms/],
  [
    'by hanging up',
    (_request, response) => void response.destroy(),
    /the authority cannot be reached \(UND_ERR_SOCKET\)/,
  ],
];

for (const [how, answering, reason] of misbehaviours) {
  t.test(`an authority that answers ${how} is asked again, and stamps the newest when it is right`, async (t) => {
    const setup = await makeLog(t);
    setup.server.answer(answering);
    const { told, running } = await start(t, { ...setup, settings: { ...once, timeoutMs: 300 } });
    await until(() => told.failed.length >= 2);
    t.match(told.failed[0], { reason, isFirst: true });
    t.match(told.failed[1], { reason, isFirst: false });
    t.equal(running.isFailing, true);
    t.same(await filesOf(setup.folder), [], 'nothing is kept');
    await recordEntries(setup.log, 2);
    await setup.log.waitForCheckpoint(4);
    // The question that was under way then was about the checkpoint before.
    const before = told.failed.length;
    await until(() => told.failed.length > before + 1);
    setup.server.answer(undefined);
    await until(() => told.stamped.length > 0);
    t.equal(told.stamped.at(-1), 5);
    t.equal(told.recovered, 1);
    t.equal(running.isFailing, false);
  });
}

t.test('an authority that is down is caught up with as soon as it is back, and each outage is told once', async (t) => {
  const setup = await makeLog(t);
  await setup.server.stop();
  const { told } = await start(t, { ...setup, settings: often });
  for (const outage of [1, 2]) {
    await until(() => told.failed.length >= outage * 3);
    await setup.server.start();
    await until(() => told.recovered === outage);
    await setup.server.stop();
    await recordEntries(setup.log, 1);
    if (outage === 1) await until(() => told.failed.length > 5);
  }
  t.equal(told.failed.filter(({ isFirst }) => isFirst).length >= 2, true);
  t.same(told.stamped, [3, 4]);
});

t.test('a clock that is wrong, here or there, is noticed', async (t) => {
  const setup = await makeLog(t);
  const { told } = await start(t, { ...setup, nowMs: () => Date.now() - 3_600_000 });
  await until(() => told.failed.length > 0);
  t.match(told.failed[0], { reason: /of another time than now/ });
});

t.test('an authority under a certificate of another root, or past its time, is not believed', async (t) => {
  const strangers = await createTestTimestamps(t);
  await strangers.addSigner('signer');
  await timestamps.addSigner('past', { from: '20200101000000Z', until: '20200201000000Z' });
  const setup = await makeLog(t);
  setup.server.answer(async (request, response) => sendTimestamp(response, await strangers.reply(request)));
  const { told } = await start(t, setup);
  await until(() => told.failed.length > 0);
  t.match(told.failed[0], { reason: /does not lead to an authority that is trusted/ });
  setup.server.answer(async (request, response) => sendTimestamp(response, await timestamps.reply(request, 'past')));
  await until(() => told.failed.some(({ reason }) => reason === 'its certificate was not in force at that time'));
  t.same(told.stamped, []);
});

t.test('a restart goes on: no second token for a checkpoint, and the interval runs on', async (t) => {
  const setup = await makeLog(t);
  const first = await start(t, setup);
  await until(() => first.told.stamped.length === 1);
  await first.running.close();
  await recordEntries(setup.log, 1);
  await setup.log.waitForCheckpoint(3);
  const asked = setup.server.asked.length;
  const patient = await start(t, { ...setup, settings: once });
  t.equal(patient.running.generatedMs, first.running.generatedMs);
  await sleep(200);
  t.equal(setup.server.asked.length, asked, 'the interval since the newest token is not over');
  await patient.running.close();
  const again = await start(t, setup);
  await until(() => again.told.stamped.length === 1);
  t.same(again.told.stamped, [4]);
});

t.test('a kill at any moment leaves a token with its note, or neither', async (t) => {
  const setup = await makeLog(t);
  const note = Buffer.from(setup.log.checkpoint());
  let answer: Buffer = Buffer.alloc(0);
  setup.server.answer(async (request, response) => {
    const reply = await timestamps.reply(request);
    answer = keptAnswer(reply);
    sendTimestamp(response, reply);
  });
  const { running, told } = await start(t, setup);
  await until(() => told.stamped.length === 1);
  await running.close();
  for (let at = 0; at < 12; at += 1) {
    const folder = path.join(await makeLogFolder(t), 'log');
    await realDisk.makeFolder(layoutOf(folder).unfinished);
    const disk = createKillableDisk();
    const killing: Disk = { ...disk };
    let operations = 0;
    for (const name of ['open', 'makeFolder', 'rename', 'syncFolder'] as const) {
      const operation = disk[name] as (...all: unknown[]) => Promise<unknown>;
      Object.assign(killing, {
        [name]: async (...all: unknown[]) => {
          if (operations++ === at) await disk.kill();
          return operation(...all);
        },
      });
    }
    const store = await openTimestampStore(killing, layoutOf(folder));
    const kept = await store.keep(3, { note, answer }).then(
      () => true,
      () => false,
    );
    // As the start of the log does.
    await realDisk.remove(layoutOf(folder).unfinished);
    await realDisk.makeFolder(layoutOf(folder).unfinished);
    const restarted = await openTimestampStore(realDisk, layoutOf(folder));
    const files = await filesOf(folder);
    t.equal(restarted.sizes.length * 2, files.length, `before operation ${at}`);
    if (kept) t.same(restarted.sizes, [3]);
    if (restarted.sizes.length > 0) t.same(await restarted.read(3), { note, answer });
    else await restarted.keep(3, { note, answer });
    await t.rejects(restarted.keep(3, { note, answer }), RangeError, 'it is never written over');
  }
});

t.test('a disk that is full keeps no half of a timestamp, and is tried again', async (t) => {
  const setup = await makeLog(t);
  let isFull = true;
  let opened = 0;
  const disk: Disk = {
    ...realDisk,
    async open(file, which) {
      // The note still fits, its token does not.
      if (isFull && ++opened % 2 === 0) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
      return realDisk.open(file, which);
    },
  };
  const { told } = await start(t, { ...setup, disk });
  await until(() => told.failed.length > 1);
  await until(() => told.failed.length > 2);
  t.notOk((await filesOf(setup.folder)).some((name) => name.endsWith('.tsr')));
  isFull = false;
  await until(() => told.stamped.length === 1);
  t.equal((await filesOf(setup.folder)).length, 2);
});
