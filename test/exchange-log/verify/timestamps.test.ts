/** A check of a log checks its timestamps too: each token for its checkpoint, each checkpoint for the log; the bad place is named. */

import { copyFile, cp, mkdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import t from 'tap';
import { parseVerifierKey } from '../../../src/exchange-log/note/keys.ts';
import { realDisk } from '../../../src/exchange-log/store/disk.ts';
import { layoutOf } from '../../../src/exchange-log/store/layout.ts';
import { keptAnswer } from '../../../src/exchange-log/timestamps/answer.ts';
import { type Authorities, readAuthorities } from '../../../src/exchange-log/timestamps/authorities.ts';
import { timestampRequest } from '../../../src/exchange-log/timestamps/request.ts';
import { openTimestampStore } from '../../../src/exchange-log/timestamps/timestamp-store.ts';
import { folderSource, urlSource } from '../../../src/exchange-log/verify/log-source.ts';
import { verifyLog } from '../../../src/exchange-log/verify/verify-log.ts';
import { copyLog, makeLogFolder, openTestLog, recordEntries } from '../../support/log-fixture.ts';
import { createTestTimestamps } from '../../support/timestamp-authority.ts';

t.setTimeout(120_000);

const timestamps = await createTestTimestamps(t);
await timestamps.addSigner('signer');
const authorities = await readAuthorities(timestamps.caFile);
const original = await makeLogFolder(t);
const nonce = Buffer.alloc(8, 0x41);
const vkey = await writeLog(original, 'entry');
const verifier = parseVerifierKey(vkey);

/** Of 300, 512 and 700 entries, each stamped. */
async function writeLog(folder: string, id: string, sizes = [300, 512, 700]): Promise<string> {
  const log = await openTestLog({ folder, settings: { checkpointIntervalMs: 10 } });
  for (const size of sizes) {
    if (id === 'entry') await recordEntries(log, size - log.size());
    while (log.size() < size) await log.record({ id: `${id}-${log.size()}` } as never);
    const note = Buffer.from(await log.waitForCheckpoint(size - 1));
    const store = await openTimestampStore(realDisk, layoutOf(folder));
    const answer = keptAnswer(await timestamps.reply(timestampRequest({ note, nonce, policy: undefined })));
    await store.keep(size, { note, answer });
  }
  await log.close();
  return log.vkey;
}

const check = async (folder: string, trusted: Authorities | undefined) =>
  verifyLog(await folderSource(folder), {
    verifier,
    older: undefined,
    authorities: trusted,
    progress: () => undefined,
  });

const file = (name: string) => `timestamps/0000000000000${name}`;

t.test('timestamps that hold are counted, and are no extra files', async (t) => {
  const report = await check(original, authorities);
  t.equal(report.timestamps?.count, 3);
  t.ok(Math.abs((report.timestamps?.lastMs ?? 0) - Date.now()) < 60_000);
  const unchecked = await verifyLog(await folderSource(original), {
    verifier,
    older: undefined,
    progress: () => undefined,
  });
  t.match(unchecked.timestamps, { count: 3, areChecked: false });
  t.equal(unchecked.files?.count, report.files?.count);
});

t.test('the note of a token that is still to come is no fault, and is told', async (t) => {
  t.match((await check(original, authorities)).timestamps, { covered: 700, bare: undefined });
  const folder = await copyLog(original, 'coming');
  await rm(path.join(folder, file('700.tsr')));
  for (const trusted of [authorities, undefined]) {
    t.match((await check(folder, trusted)).timestamps, { count: 2, covered: 512, bare: 700 });
  }
});

t.test('the note without a token is the log’s own', async (t) => {
  const folder = await copyLog(original, 'bare');
  await rm(path.join(folder, file('700.tsr')));
  const note = path.join(folder, file('700.checkpoint'));
  const text = await readFile(note, 'utf8');
  for (const [changed, message] of [
    ['', /^timestamps\/0000000000000700\.checkpoint: /],
    [text.replace('lienthong.example', 'elsewhere.example'), /^timestamps\/0000000000000700\.checkpoint: /],
    [await readFile(path.join(folder, file('512.checkpoint')), 'utf8'), /700\.checkpoint: it covers 512 entries$/],
  ] as const) {
    await writeFile(note, changed);
    for (const trusted of [authorities, undefined]) {
      await t.rejects(check(folder, trusted), { name: 'LogFault', message });
    }
  }
});

t.test('a token that is missing though the log went on behind it was removed', async (t) => {
  const folder = await makeLogFolder(t);
  const log = await openTestLog({ folder, settings: { checkpointIntervalMs: 10 } });
  const startMs = Date.UTC(2026, 2, 2);
  const recordAt = (minutes: number) =>
    log.record({ id: `at-${minutes}`, time: new Date(startMs + minutes * 60_000).toISOString() } as never);
  await recordAt(0);
  await mkdir(path.join(folder, 'timestamps'));
  await writeFile(path.join(folder, 'timestamps/0000000000000001.checkpoint'), await log.waitForCheckpoint(0));
  // The first entry behind it came late that day; an hour more is long for a crash.
  for (const minutes of [600, 601, 660]) await recordAt(minutes);
  await log.waitForCheckpoint(3);
  t.match((await check(folder, undefined)).timestamps, { count: 0, covered: 0, bare: 1 });
  await recordAt(662);
  await log.waitForCheckpoint(4);
  await log.close();
  await t.rejects(check(folder, undefined), {
    name: 'LogFault',
    message: /^timestamps\/0000000000000001\.tsr: the file is missing: the log went on for 62 minutes behind/,
  });
});

const flip = (name: string, at: number) => async (folder: string) => {
  const content = await readFile(path.join(folder, name));
  content[at] = (content[at] as number) ^ 1;
  await writeFile(path.join(folder, name), content);
};

const tamperings: readonly (readonly [string, (folder: string) => Promise<unknown>, RegExp])[] = [
  ['a flipped bit in a token', flip(file('512.tsr'), 300), /^timestamps\/0000000000000512\.tsr: /],
  ['a flipped bit in a note', flip(file('512.checkpoint'), 30), /^timestamps\/0000000000000512\.tsr: it is for other/],
  [
    'two tokens swapped',
    async (folder) => {
      const [one, other, between] = [file('300.tsr'), file('512.tsr'), 'x'].map((name) => path.join(folder, name));
      await rename(one as string, between as string);
      await rename(other as string, one as string);
      await rename(between as string, other as string);
    },
    /^timestamps\/0000000000000300\.tsr: it is for other bytes than this checkpoint$/,
  ],
  [
    'a timestamp under the name of another size',
    async (folder) => {
      for (const kind of ['tsr', 'checkpoint']) {
        await rename(path.join(folder, file(`300.${kind}`)), path.join(folder, file(`301.${kind}`)));
      }
    },
    /^timestamps\/0000000000000301\.checkpoint: it covers 300 entries$/,
  ],
  [
    'a note is missing',
    (folder) => rm(path.join(folder, file('300.checkpoint'))),
    /^timestamps\/0000000000000300\.checkpoint: the file is missing$/,
  ],
  [
    'a token is missing',
    (folder) => rm(path.join(folder, file('300.tsr'))),
    /^timestamps\/0000000000000300\.tsr: the file is missing, and a newer timestamp is there$/,
  ],
  [
    'the tokens of the two newest are missing',
    async (folder) => {
      for (const size of [512, 700]) await rm(path.join(folder, file(`${size}.tsr`)));
    },
    /^timestamps\/0000000000000512\.tsr: the file is missing, and a newer timestamp is there$/,
  ],
  [
    'a file of another name',
    (folder) => copyFile(path.join(folder, file('300.tsr')), path.join(folder, 'timestamps/300.tsr')),
    /^timestamps\/300\.tsr: no file of a log has this name$/,
  ],
];

for (const [title, tamper, message] of tamperings) {
  t.test(title, async (t) => {
    const folder = await copyLog(original, 'tampered');
    await tamper(folder);
    await t.rejects(check(folder, authorities), { name: 'LogFault', message });
  });
}

t.test('without an authority a token must be whole, and for its checkpoint, all the same', async (t) => {
  const token = file('700.tsr');
  const cut = async (folder: string) => truncate(path.join(folder, token), 100);
  const empty = async (folder: string) => truncate(path.join(folder, token), 0);
  const anothers = (folder: string) => copyFile(path.join(folder, file('512.tsr')), path.join(folder, token));
  for (const tamper of [cut, empty, anothers, flip(token, 300), flip(token, 40)]) {
    const folder = await copyLog(original, 'unchecked-token');
    await tamper(folder);
    await t.rejects(check(folder, undefined), {
      name: 'LogFault',
      message: /^timestamps\/0000000000000700\.tsr: /,
    });
  }
  const strangers = await createTestTimestamps(t);
  await strangers.addSigner('signer');
  const folder = await copyLog(original, 'strangers');
  const note = await readFile(path.join(folder, file('700.checkpoint')));
  const answer = keptAnswer(await strangers.reply(timestampRequest({ note, nonce, policy: undefined })));
  await writeFile(path.join(folder, token), answer);
  t.match((await check(folder, undefined)).timestamps, { count: 3, areChecked: false }, 'whose it is nobody asked');
  await t.rejects(check(folder, authorities), { message: /700\.tsr: .* does not lead/ });
});

t.test('without an authority the notes beside the tokens are looked at all the same', async (t) => {
  const folder = await copyLog(original, 'unchecked');
  const unchecked = async () =>
    verifyLog(await folderSource(folder), { verifier, older: undefined, progress: () => undefined });
  t.match((await unchecked()).timestamps, { count: 3, areChecked: false, firstMs: undefined });
  const note = path.join(folder, file('512.checkpoint'));
  const text = await readFile(note, 'utf8');
  for (const [changed, message] of [
    ['', /^timestamps\/0000000000000512\.checkpoint: /],
    [text.replace('lienthong.example', 'elsewhere.example'), /512\.checkpoint: it is of "elsewhere\.example\/test"/],
    [text.replace('\n512\n', '\n511\n'), /512\.checkpoint: it covers 511 entries/],
  ] as const) {
    await writeFile(note, changed);
    await t.rejects(unchecked(), { name: 'LogFault', message });
  }
});

t.test('an authority that is not trusted', async (t) => {
  const strangers = await readAuthorities((await createTestTimestamps(t)).caFile);
  await t.rejects(check(original, strangers), { message: /^timestamps\/0000000000000300\.tsr: .* does not lead/ });
});

t.test('a log that was rewritten and signed with the same key does not fit its timestamps', async (t) => {
  const folder = await makeLogFolder(t);
  await writeLog(folder, 'other');
  t.equal((await check(folder, authorities)).timestamps?.count, 3, 'a rewritten log with timestamps of its own passes');
  await rm(path.join(folder, 'timestamps'), { recursive: true });
  await cp(path.join(original, 'timestamps'), path.join(folder, 'timestamps'), { recursive: true });
  await t.rejects(check(folder, authorities), {
    message: /^timestamps\/0000000000000300\.checkpoint: its root is not that of the first 300 entries/,
  });
});

t.test('a log that was cut back does not reach its timestamps', async (t) => {
  const folder = await copyLog(original, 'cut');
  await copyFile(path.join(original, file('512.checkpoint')), path.join(folder, 'checkpoint'));
  await t.rejects(check(folder, authorities), {
    message: /^timestamps\/0000000000000700\.checkpoint: it covers 700 entries, the log/,
  });
});

t.test('a damaged file of an older size is named itself, and the log is not said to be rewritten', async (t) => {
  const folder = await makeLogFolder(t);
  const key = parseVerifierKey(await writeLog(folder, 'entry', [600, 700]));
  const options = { verifier: key, older: undefined, authorities, progress: () => undefined };
  const older = 'tile/0/002.p/88';
  const flipped = await copyLog(folder, 'flipped');
  await flip(older, 100)(flipped);
  await t.rejects(verifyLog(await folderSource(flipped), options), {
    name: 'LogFault',
    message: new RegExp(`^${older}: `),
  });
  const cut = await copyLog(folder, 'cut');
  await writeFile(path.join(cut, older), (await readFile(path.join(cut, older))).subarray(0, -1));
  await t.rejects(verifyLog(await folderSource(cut), options), {
    name: 'LogFault',
    message: new RegExp(`^${older}: `),
  });
});

for (const [kind, page] of Object.entries({
  HTML: '<!DOCTYPE HTML>\n<html>',
  JSON: '[{"name":"0.tsr"}]',
  other: '{"times',
})) {
  t.test(`a web server that shows its folders in ${kind}`, async (t) => {
    const server = createServer(async (request, response) => {
      const url = new URL(request.url ?? '', 'http://localhost');
      if (url.pathname === '/timestamps') return response.end(page);
      const content = await readFile(path.join(original, url.pathname)).catch(() => undefined);
      return content === undefined ? response.writeHead(404).end() : response.end(content);
    });
    t.teardown(() => server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const options = { verifier, older: undefined, progress: () => undefined };
    const checking = verifyLog(urlSource(url, { token: undefined, timeoutMs: 5000 }), options);
    if (kind === 'other') await t.rejects(checking, { name: 'LogFault', message: /^timestamps: it is no list/ });
    else t.equal((await checking).timestamps?.count, 0);
  });
}
