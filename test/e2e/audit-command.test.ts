/** `lienthong audit search`, as an auditor types it. */

import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import path from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { makeExchanges, startAuditGateway } from '../support/audit-fixture.ts';
import { projectRoot } from '../support/gateway.ts';
import { pins } from '../support/incoming-fixture.ts';

// Starting everything takes its time on a loaded machine.
t.setTimeout(120_000);

const run = promisify(execFile);
const main = path.join(projectRoot, 'src/main.ts');
const search = async (env: Readonly<Record<string, string>>, ...options: string[]) =>
  (await run(process.execPath, [main, 'audit', 'search', ...options], { env: { ...process.env, ...env } })).stdout;

t.test('tables, NDJSON and CSV by every way to filter', async (t) => {
  const audit = await startAuditGateway(t, { settings: { audit: { pageRows: 2 } } });
  await makeExchanges(audit);
  const env = { LIENTHONG_TOKEN: await audit.auditor() };
  const at = ['--url', `${audit.url}/`, '--kind', 'query'];
  const queries = (await audit.newestFirst()).filter(({ kind }) => kind === 'query');

  const [heading, ...lines] = (await search(env, ...at)).trimEnd().split('\n');
  t.match(heading, /^time +kind +who +what +outcome +log index$/);
  t.equal(lines.length, queries.length, 'over several pages');
  t.match(
    lines[0],
    /^\d{4}-.+Z query +claimed: VN\/GOV\/G07\/social-protection +- +authentication-required +lienthong\.example/,
  );
  t.equal((await search(env, ...at, '--rows', '3')).trimEnd().split('\n').length, 4);

  const rows = (
    await search({ ...env, LIENTHONG_PIN: pins.hoa }, ...at, '--format', 'ndjson', '--outcome', 'ok')
  ).trimEnd();
  t.ok(rows.split('\n').length > 1);
  for (const row of rows.split('\n')) t.equal(JSON.parse(row).subject, queries.at(-1)?.subject);
  const csv = await search(env, ...at, '--format', 'csv', '--user-id', 'official-2', '--case', 'case 7');
  t.equal(csv.trimEnd().split('\r\n').length, 2);
  t.match((await audit.newestFirst())[0], { look: 'export', issue: /^[\w-]{43}$/ }, 'the case goes along');
  t.equal(await search(env, ...at, '--format', 'ndjson', '--agreement', 'nobodys'), '');
  const official = ['--official', queries.at(-1)?.official ?? '', '--consumer', 'VN/GOV/G07', '--from', '2020-01-01'];
  t.equal((await search(env, ...at, '--format', 'ndjson', ...official)).trimEnd().split('\n').length, 2);
});

t.test('refusals and broken connections end with a word about them', async (t) => {
  const audit = await startAuditGateway(t);
  const token = await audit.auditor({ scopes: ['statistics'] });
  const at = ['--url', audit.url, '--token', token];
  await t.rejects(search({}, ...at), { code: 1, stderr: /answers 403: The token lacks the scope exchanges/ });
  await t.rejects(search({}, ...at, '--from', 'once'), {
    code: 1,
    stderr: /answers 422:\n {2}--from must be a time.*\n$/,
  });
  await t.rejects(search({}, ...at, '--outcome', 'bogus', '--consumer', 'G07'), {
    code: 1,
    stdout: '',
    stderr: /\n {2}--consumer must be an X-Road identifier.*\n {2}--outcome must be one of/,
  });
  const barred = search({}, '--url', 'http://127.0.0.1:1', '--token', 'x');
  await t.rejects(barred, { code: 1, stderr: /HTTP clients are barred from this port/ });
  await t.rejects(search({}, ...at, '--pin', '09919'), {
    code: 1,
    stderr: /--subject or --pin must be \{"pin": …\}, a personal number of 12 digits, or \{"pseudonym"/,
  });
  await t.rejects(search({}, ...at, '--pin', pins.hoa, '--subject', 'x'), { code: 1, stderr: /cannot be used with/ });
  await t.rejects(search({}, '--url', audit.url), { code: 1, stderr: /--token/ });
  await t.rejects(search({}, '--url', 'http://127.0.0.1:1', '--token', 'x'), { code: 1, stderr: /cannot be asked/ });

  const breaking = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    response.write('{"n":1}\n', () => response.destroy());
  });
  await new Promise<void>((resolve) => breaking.listen(0, '127.0.0.1', resolve));
  t.teardown(() => new Promise((resolve) => breaking.close(resolve)));
  const { port } = breaking.address() as { port: number };
  const broken = search({}, '--url', `http://127.0.0.1:${port}`, '--token', 'x', '--format', 'ndjson');
  await t.rejects(broken, { code: 1, stdout: '{"n":1}\n', stderr: /broke before the last row/ });
});
