/** A stream of questions in one request, over a real connection: order, faults in the middle, limits, and what is refused before it is read. */

import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { askLine, askTarget, consumer, openBulk, pin, resultLines, sendBulk } from '../../support/bulk-client.ts';
import { eventually } from '../../support/eventually.ts';
import { brokenService, startTroubledGateway, troubledAgreements } from '../../support/troubled.ts';

t.setTimeout(120_000);

const bulk = (changes: object) => ({ settings: { bulk: changes } });

t.test('each line has its result in its place, and is an exchange of its own in the log', async (t) => {
  const gateway = await startTroubledGateway(t);
  const target = await askTarget(gateway);
  const lines = Array.from({ length: 300 }, (_one, index) => ({
    ...askLine(`q-${index}`, index % 3 === 0 ? { trouble: 'not-found' } : {}),
    issue: `H21.123-240315-${String(index).padStart(4, '0')}`,
  }));
  const { status, headers, results, last } = await sendBulk(target, lines);
  t.equal(status, 200);
  t.equal(headers['content-type'], 'application/x-ndjson');
  t.equal(headers['cache-control'], 'no-store');
  t.same(
    results.map(({ line, id, body }) => [line, id, body.found]),
    lines.map(({ id }, index) => [index + 1, id, index % 3 !== 0]),
  );
  t.same(last, { done: true, lines: 300, byStatus: { 200: 300 } });
  const entries = await gateway.entries();
  t.equal(entries.length, 300);
  t.equal(new Set(entries.map(({ id }) => id)).size, 300);
  for (const { exchangeId, logIndex, line } of results) {
    t.match(entries[logIndex], { id: exchangeId, consumer, issue: lines[line - 1]?.issue, status: 200 });
  }
});

t.test('a line that cannot be carried out has its problem, and the others go on', async (t) => {
  const gateway = await startTroubledGateway(t, {
    settings: { http: { bodyBytesMax: 350 }, bulk: { lineBytesMax: 400 } },
  });
  const good = JSON.stringify(askLine('good'));
  const body = Buffer.concat([
    Buffer.from(`${good}\r\n\n  \r\n{"id":"cut","message":{"pin":"1"\nno json\n`),
    Buffer.from(`${JSON.stringify({ id: 'pin', message: { pin: '1' } })}\n`),
    Buffer.from(`{"id":"twice","message":{"pin":"${pin}","pin":"${pin}"}}\n`),
    Buffer.from(`{"id":"utf8","message":{"pin":"`),
    Buffer.from([0xc3, 0x28]),
    Buffer.from(`"}}\n{"id":"long","message":{"pin":"${'1'.repeat(400)}"}}\n`),
    Buffer.from(`{"message":{"pin":"${pin}"},"colour":"red"}\n{"id":"né","message":{"pin":"${pin}"}}\n[1]\n`),
    Buffer.from(`{"line":7,"problem":{},"message": {"pin":"${pin}"} }`),
  ]);
  const { results, last } = await sendBulk(await askTarget(gateway), body);
  const codes = results.map(({ line, status, problem }) => [line, problem?.code ?? status]);
  t.same(codes, [
    [1, 200],
    [4, 'line-malformed'],
    [5, 'line-malformed'],
    [6, 'message-invalid'],
    [7, 'json-malformed'],
    [8, 'json-malformed'],
    [9, 'content-too-large'],
    [10, 'line-malformed'],
    [11, 'header-invalid'],
    [12, 'line-malformed'],
    [13, 200],
  ]);
  t.match(last, { done: true, lines: 11, byStatus: { 200: 2, 400: 7, 413: 1, 422: 1 } });
  const entries = await gateway.entries();
  t.same(
    entries.map((entry) => entry.consumer),
    Array(11).fill(consumer),
  );
  t.match(results[3]?.problem, { instance: `urn:uuid:${results[3]?.exchangeId}`, errors: [{ pointer: '/pin' }] });
});

t.test('an empty body is a whole answer', async (t) => {
  const gateway = await startTroubledGateway(t);
  const { results, last } = await sendBulk(await askTarget(gateway), '');
  t.same([results.length, last], [0, { done: true, lines: 0, byStatus: {} }]);
});

t.test('what may not be sent is refused before any of it is read, and recorded once', async (t) => {
  const gateway = await startTroubledGateway(t);
  const good = await askTarget(gateway);
  const refused = async (changes: Partial<typeof good>) => {
    // Not one byte of the body is ever sent.
    const { request, response } = openBulk({ ...good, ...changes });
    const answer = await response;
    let text = '';
    for await (const chunk of answer) text += chunk;
    request.destroy();
    return [answer.statusCode, JSON.parse(text).code];
  };
  const { headers } = good;
  t.same(await refused({ headers: { 'x-road-client': consumer } }), [401, 'authentication-required']);
  t.same(await refused({ headers: { ...headers, 'x-road-client': 'VN/GOV/G12/tax' } }), [403, 'client-not-owned']);
  t.same(await refused({ headers: { ...headers, 'exchange-purpose': 'another' } }), [403, 'purpose-not-granted']);
  t.same(await refused({ headers: (await askTarget(gateway, 'VN/GOV/G12/tax')).headers }), [
    403,
    'agreement-not-in-force',
  ]);
  t.same(await refused({ service: 'VN/GOV/G18/troubles/nothing' }), [404, 'service-unknown']);
  t.same(await refused({ headers: { ...headers, 'content-encoding': 'gzip' } }), [415, 'content-type-unsupported']);
  const corrects = { 'exchange-corrects': '01890a5d-ac96-774b-bcce-b302099a8057' };
  t.same(await refused({ headers: { ...headers, ...corrects } }), [400, 'header-invalid']);
  const recorded = (await gateway.entries()).map(({ status, consumer: who }) => [status, who]);
  t.same(recorded, [
    [401, undefined],
    [403, undefined],
    [403, consumer],
    [403, 'VN/GOV/G12/tax'],
    [404, consumer],
    [415, undefined],
    [400, undefined],
  ]);
});

t.test('bulk requests at once are bounded, for each consumer and in all', async (t) => {
  const gateway = await startTroubledGateway(t, bulk({ requestsPerConsumerMax: 1 }));
  const target = await askTarget(gateway);
  const first = openBulk(target);
  await first.response;
  const { status, headers } = await sendBulk(target, [askLine('a')]);
  t.equal(status, 429);
  t.match(headers['retry-after'], /^\d+$/);
  t.match((await gateway.entries()).at(-1), { problem: 'too-many-bulks', consumer });
  t.equal((await sendBulk(await askTarget(gateway, 'VN/GOV/G22/legacy-client'), '')).status, 200, 'others may');
  first.request.end();
  await eventually(async () => (await sendBulk(target, [askLine('b')])).status === 200);
});

t.test('more lines than allowed end the request, which says where to go on', async (t) => {
  const gateway = await startTroubledGateway(t, bulk({ linesMax: 3 }));
  const lines = Array.from({ length: 5 }, (_one, index) => askLine(`q-${index}`));
  const { results, last } = await sendBulk(await askTarget(gateway), lines);
  t.equal(results.length, 3);
  t.match(last, { done: false, lines: 3, next: 4, problem: { code: 'content-too-large' } });
});

t.test('lines that cost no quota have an end: refused ones in a row, empty ones, those that never end', async (t) => {
  const limits = { refusedInRowMax: 5, inFlightMax: 2, linesMax: 1000, skippedBytesMax: 4096, lineBytesMax: 1000 };
  const gateway = await startTroubledGateway(t, { settings: { http: { bodyBytesMax: 500 }, bulk: limits } });
  const target = await askTarget(gateway);
  const refused = await sendBulk(target, 'x\n'.repeat(40_000));
  t.match(refused.last, {
    done: false,
    next: refused.results.length + 1,
    problem: { code: 'lines-refused', status: 400 },
  });
  t.match(refused.results[0]?.problem, { code: 'line-malformed', mend: /wrap a message/ });
  t.ok(refused.results.length <= 7, `${refused.results.length} were refused`);
  const good = JSON.stringify(askLine('good'));
  const mixed = await sendBulk(target, `x\nx\nx\nx\n${good}\n`.repeat(5));
  t.match(mixed.last, { done: true, byStatus: { 200: 5, 400: 20 } });
  const empty = await sendBulk(target, `${good}\n${'\n'.repeat(2000)}`);
  t.match(empty.last, { done: false, lines: 1, next: 2, problem: { code: 'content-too-large', detail: /1000 lines/ } });
  const endless = await sendBulk(target, `${good}\n${'y'.repeat(100_000)}`);
  t.match(endless.last, { done: false, lines: 1, next: 2, problem: { code: 'content-too-large', detail: /4096/ } });
  const blank = await sendBulk(target, `${good}\n${`${' '.repeat(900)}\n`.repeat(100)}`);
  t.match(blank.last, { done: false, problem: { detail: /4096/ } });
});

t.test('a sender that stands still is told so', async (t) => {
  const gateway = await startTroubledGateway(t, bulk({ idleMs: 200 }));
  const { request, response } = openBulk(await askTarget(gateway));
  request.write(`${JSON.stringify(askLine('a'))}\n{"half":`);
  const lines = [];
  for await (const line of resultLines(await response)) lines.push(line);
  request.destroy();
  t.match(lines, [
    { line: 1, status: 200 },
    { done: false, next: 2, problem: { code: 'request-timeout' } },
  ]);
});

t.test('a request may take longer than a single one as long as it goes on', async (t) => {
  const http = { requestTimeoutMs: 400, headersTimeoutMs: 400, timeoutCheckIntervalMs: 50, inactivityTimeoutMs: 1100 };
  const gateway = await startTroubledGateway(t, {
    settings: { http, events: { waitSecondsMax: 1 }, bulk: { idleMs: 5000 } },
  });
  const { request, response } = openBulk(await askTarget(gateway));
  const pauses = [0, 600, 1300, 700];
  void (async () => {
    for (const [index, pauseMs] of pauses.entries()) {
      await sleep(pauseMs);
      request.write(`${JSON.stringify(askLine(`q-${index}`))}\n`);
    }
    request.end();
  })();
  const lines = [];
  for await (const line of resultLines(await response)) lines.push(line);
  t.match(lines.at(-1), { done: true, lines: 4, byStatus: { 200: 4 } });
});

t.test('lines wait for a registry that takes few at once, and single requests find room beside them', async (t) => {
  const gateway = await startTroubledGateway(t);
  const lines = Array.from({ length: 12 }, (_one, index) =>
    askLine(`q-${index}`, { pin: `0991900${String(index).padStart(5, '0')}`, trouble: 'slow' }),
  );
  const running = sendBulk(await askTarget(gateway), lines);
  await sleep(300);
  const single = await gateway.call('G18/troubles/ask', 'G07/social-protection', { pin, trouble: 'slow' });
  t.equal(single.status, 200);
  t.match((await running).last, { done: true, byStatus: { 200: 12 } });
});

t.test('lines wait for their agreement’s next token, and never get more than it grants', async (t) => {
  const agreements = troubledAgreements.map((one) => ({ ...one, quota: { requestsPerSecond: 20, burst: 5 } }));
  const gateway = await startTroubledGateway(t, { agreements, settings: { bulk: { quotaReservePercent: 40 } } });
  const lines = Array.from({ length: 25 }, (_one, index) => askLine(`q-${index}`));
  const startedMs = performance.now();
  const { last } = await sendBulk(await askTarget(gateway), lines);
  const tookMs = performance.now() - startedMs;
  t.match(last, { done: true, byStatus: { 200: 25 } });
  t.ok(tookMs > 950, `20 tokens take a second: ${tookMs} ms`);
});

t.test('a quota that would take too long to wait for ends the request', async (t) => {
  const agreements = troubledAgreements.map((one) => ({ ...one, quota: { requestsPerSecond: 0.01, burst: 2 } }));
  const gateway = await startTroubledGateway(t, { agreements });
  const lines = Array.from({ length: 10 }, (_one, index) => askLine(`q-${index}`));
  const { last } = await sendBulk(await askTarget(gateway), lines);
  t.match(last, { done: false, next: 3, problem: { code: 'quota-exceeded' }, retryAfterSeconds: /^\d+$/ });
  t.equal(last.byStatus[200], 2);
});

t.test('a service that fails on a line leaves the request whole', async (t) => {
  const gateway = await startTroubledGateway(t);
  const target = await askTarget(gateway, consumer, brokenService);
  const { last } = await sendBulk(target, [askLine('a'), askLine('b')]);
  t.match(last, { done: true, byStatus: { 500: 2 } });
});

t.test('a gateway that stops ends the request after the lines begun, and says where to go on', async (t) => {
  const gateway = await startTroubledGateway(t);
  const { request, response } = openBulk(await askTarget(gateway));
  request.write(`${JSON.stringify(askLine('a', { trouble: 'slow' }))}\n`);
  const answer = await response;
  await underWay(gateway.url);
  const closed = gateway.gateway.close();
  const lines = [];
  for await (const line of resultLines(answer)) lines.push(line);
  request.destroy();
  await closed;
  t.match(lines, [
    { line: 1, status: 200 },
    { done: false, lines: 1, next: 2, problem: { code: 'gateway-stopping' } },
  ]);
});

t.test('a caller that hangs up ends what it asked for', async (t) => {
  const gateway = await startTroubledGateway(t);
  const { request, response } = openBulk(await askTarget(gateway));
  request.write(`${JSON.stringify(askLine('a', { trouble: 'never' }))}\n`);
  await response;
  await underWay(gateway.url);
  request.destroy();
  await once(request, 'close');
  const [entry] = await eventually(async () => {
    const entries = await gateway.entries();
    return entries.length > 0 ? entries : undefined;
  });
  t.match(entry, { problem: 'client-disconnected', consumer });
});

/** Once the registry works on a line. */
async function underWay(url: string): Promise<void> {
  await eventually(async () => {
    const text = await fetch(`${url}/metrics`).then((response) => response.text());
    return /lienthong_registry_in_flight\{registry="[^"]+"\} 1/.test(text) || undefined;
  });
}
