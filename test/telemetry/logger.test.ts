/** The operational log tells what happened and where, and repeats nothing that a driver, a parser or the runtime quoted. */

import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';

const root = path.resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

interface LoggedError {
  readonly name: string;
  readonly message?: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: LoggedError;
}

/** What a process logs that runs this code; `log(error)` logs an error. */
async function logged(code: string, level = 'info'): Promise<{ text: string; errors: LoggedError[] }> {
  const script = `
    const { createLogger } = await import('./src/telemetry/logger.ts');
    const { Problem } = await import('./src/problems.ts');
    const { SourceError } = await import('./src/adapter-kit/source-error.ts');
    const logger = createLogger({ level: '${level}' }, 'gateway-1');
    const log = (error) => logger.error({ error }, 'failed');
    ${code}`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], { cwd: root });
  const lines = stdout.split('\n').filter(Boolean);
  return { text: stdout, errors: lines.map((line) => JSON.parse(line).error) };
}

t.test('an event is one line of JSON that names the gateway', async (t) => {
  const { text } = await logged(`logger.info({ url: 'http://x' }, 'serving'); logger.debug('not this');`);
  t.match(JSON.parse(text), { level: 30, name: 'gateway-1', url: 'http://x', msg: 'serving' });
});

t.test('our own errors are told with their words, their causes and where they come from', async (t) => {
  const { errors } = await logged(`
    const cause = new SourceError('timeout', 'no answer within 5 ms');
    log(new Problem('registry-timeout', 'Too slow.', { cause }));`);
  t.match(errors, [
    {
      name: 'Problem',
      message: 'registry-timeout: Too slow.',
      stack: /^ {4}at /,
      cause: { name: 'SourceError', message: 'no answer within 5 ms' },
    },
  ]);
});

const quoting: Readonly<Record<string, string>> = {
  'a driver that repeats a row': `Object.assign(new Error('Key (pin)=(099190000001) exists'), { code: '23505' })`,
  'a parser that repeats the text': `(() => { try { JSON.parse('{"name":"Hòa 099190000001') } catch (error) { return error } })()`,
  'the runtime that quotes a value': `(() => { try { 'x' in '099190000001' } catch (error) { return error } })()`,
  'Node that quotes an argument': `(() => { try { Buffer.alloc('099190000001') } catch (error) { return error } })()`,
  'an assertion that quotes both sides': `(await import('node:assert')).AssertionError && new (await import('node:assert')).AssertionError({ actual: '099190000001', expected: 'Hòa', operator: 'strictEqual' })`,
  'an error in several lines': `new Error('first\\n099190000001\\nHòa')`,
  'a message that looks like a stack': `new Error('first\\n    at 099190000001\\n    at Hòa (x:1:1)')`,
  'what is no error': `'Hòa 099190000001'`,
  'an object with a message': `({ message: 'Hòa 099190000001', stack: 'Hòa' })`,
};

for (const [what, error] of Object.entries(quoting)) {
  t.test(`${what} is not repeated, neither alone nor as a cause`, async (t) => {
    const { text, errors } = await logged(`
      const error = ${error};
      log(error);
      log(new Problem('registry-failed', 'Failed.', { cause: error }));
      log(new SourceError('failed', 'the adapter failed', error));`);
    t.equal(errors.length, 3);
    t.notMatch(text, /099190000001|Hòa/);
  });
}

t.test('the code of an error stays, and the words of the operating system', async (t) => {
  const { errors } = await logged(`
    log(Object.assign(new Error('secret'), { code: 'ER_DUP_ENTRY' }));
    try { (await import('node:fs')).readFileSync('/no/such/file'); } catch (error) { log(error); }`);
  t.match(errors, [{ code: 'ER_DUP_ENTRY' }, { code: 'ENOENT', message: /no such file/ }]);
  t.notOk('message' in (errors[0] ?? {}));
});

t.test('a circle of causes ends', async (t) => {
  const { errors } = await logged(`const error = new Error('x'); error.cause = error; log(error);`);
  let depth = 0;
  for (let one = errors[0]; one !== undefined; one = one.cause) depth += 1;
  t.ok(depth < 20);
});

t.test('a silent log says nothing', async (t) => {
  t.equal((await logged(`log(new Error('x'));`, 'silent')).text, '');
});
