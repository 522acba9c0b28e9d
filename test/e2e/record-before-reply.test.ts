/** Promise 1 on the wire: as long as the disk holds an entry back, not one byte of its reply leaves. */

import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { LogFile } from '../../src/exchange-log/log-file.ts';
import { askService, startTroubledGateway } from '../support/troubled.ts';

// Starting everything takes its time on a loaded machine.
t.setTimeout(120_000);

const consumer = 'G07/social-protection';

/** Lets syncs through only while it is open. */
function createGate() {
  let waiting: (() => void)[] = [];
  let open = true;
  return {
    close: () => {
      open = false;
    },
    open: () => {
      open = true;
      for (const go of waiting) go();
      waiting = [];
    },
    get waiting() {
      return waiting.length;
    },
    wrap: (file: LogFile): LogFile => ({
      ...file,
      sync: async () => {
        if (!open) await new Promise<void>((resolve) => waiting.push(resolve));
        await file.sync();
      },
    }),
  };
}

for (const [what, message] of [
  ['an answer', '{"pin":"099190000001"}'],
  ['a refusal', '{"pin":"1"}'],
  ['malformed JSON', '{'],
] as const) {
  t.test(`${what} waits for the disk`, async (t) => {
    const gate = createGate();
    const gateway = await startTroubledGateway(t, { wrapLogFile: gate.wrap });
    gate.close();
    const token = await gateway.token(`VN/GOV/${consumer}`);
    const { hostname, port } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    t.teardown(() => socket.destroy());
    let received = '';
    socket.setEncoding('utf8').on('data', (chunk) => {
      received += chunk;
    });
    socket.write(
      `POST /r1/VN/GOV/${askService}/v1 HTTP/1.1\r\nHost: gateway\r\nX-Road-Client: VN/GOV/${consumer}\r\n` +
        `Authorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${message.length}\r\n\r\n${message}`,
    );
    while (gate.waiting === 0) await sleep(5);
    await sleep(100);
    t.equal(received, '', 'nothing has left while the entry is not durable');
    t.equal((await gateway.entries()).length, 1, 'the entry is in the file, waiting for its sync');
    gate.open();
    while (!received.includes('\r\n\r\n')) await sleep(5);
    t.match(received, /^HTTP\/1\.1 \d{3} /);
    t.match(received, /exchange-log-index: 0\r\n/);
  });
}

t.test('exchanges in flight share one sync', async (t) => {
  let syncs = 0;
  const gate = createGate();
  const gateway = await startTroubledGateway(t, {
    wrapLogFile: (file) => {
      const gated = gate.wrap(file);
      return {
        ...gated,
        sync: () => {
          syncs += 1;
          return gated.sync();
        },
      };
    },
  });
  gate.close();
  const calls = Array.from({ length: 20 }, () => gateway.call(askService, consumer, { pin: '099190000001' }));
  while (gate.waiting === 0) await sleep(5);
  await sleep(200);
  gate.open();
  const indexes = (await Promise.all(calls)).map(({ headers }) => Number(headers.get('exchange-log-index')));
  t.same(
    indexes.sort((a, b) => a - b),
    Array.from({ length: 20 }, (_one, index) => index),
  );
  t.ok(syncs <= 3, `${syncs} syncs for 20 exchanges`);
});

t.test('after a failed sync no exchange is answered, and none is tried again', async (t) => {
  let syncs = 0;
  const gateway = await startTroubledGateway(t, {
    wrapLogFile: (file) => ({
      ...file,
      sync: () => {
        syncs += 1;
        return syncs === 1 ? file.sync() : Promise.reject(new Error('EIO'));
      },
    }),
  });
  const ask = () => gateway.call(askService, consumer, { pin: '099190000001' });
  t.equal((await ask()).status, 200);
  t.equal((await ask()).status, 503);
  t.equal((await ask()).status, 503);
  t.equal(syncs, 2, 'a sync that failed is never repeated');
  t.match(await (await fetch(`${gateway.url}/metrics`)).text(), /lienthong_log_writable 0/);
});
