/** Promise 1 on the wire: as long as the disk holds an entry back, not one byte of its reply leaves. */

import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { type WatchedDisk, watchDisk } from '../support/log-disk-fixture.ts';
import { askService, startTroubledGateway } from '../support/troubled.ts';

// Starting everything takes its time on a loaded machine.
t.setTimeout(120_000);

const consumer = 'G07/social-protection';

/** A gateway, and the disk under its log. */
async function startWatched(t: Test) {
  let disk: WatchedDisk | undefined;
  const gateway = await startTroubledGateway(t, {
    wrapLogDisk: (real) => {
      disk = watchDisk(real);
      return disk;
    },
  });
  if (disk === undefined) throw new Error('the log uses another disk');
  return { gateway, disk };
}

for (const [what, message] of [
  ['an answer', '{"pin":"099190000001"}'],
  ['a refusal', '{"pin":"1"}'],
  ['malformed JSON', '{'],
] as const) {
  t.test(`${what} waits for the disk`, async (t) => {
    const { gateway, disk } = await startWatched(t);
    disk.hold();
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
    while (disk.waiting === 0) await sleep(5);
    await sleep(100);
    t.equal(received, '', 'nothing has left while the entry is not durable');
    t.equal((await gateway.entries()).length, 1, 'the entry is in the file, waiting for its sync');
    disk.release();
    while (!received.includes('\r\n\r\n')) await sleep(5);
    t.match(received, /^HTTP\/1\.1 \d{3} /);
    t.match(received, /exchange-log-index: 0\r\n/);
  });
}

t.test('a body that breaks off its framing is answered after its record, not by the parser', async (t) => {
  const { gateway, disk } = await startWatched(t);
  const token = await gateway.token(`VN/GOV/${consumer}`);
  disk.hold();
  const connection = connectTo(t, gateway.url);
  connection.socket.write(
    `POST /r1/VN/GOV/${askService}/v1 HTTP/1.1\r\nHost: gateway\r\nX-Road-Client: VN/GOV/${consumer}\r\n` +
      `Authorization: Bearer ${token}\r\n` +
      'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  );
  await sleep(300);
  t.equal(connection.received(), '');
  disk.release();
  while (!connection.received().includes('\r\n\r\n')) await sleep(5);
  t.match(connection.received(), /^HTTP\/1\.1 400 /);
  t.match(connection.received(), /exchange-log-index: 0\r\n/);
  t.match(await gateway.entries(), [{ problem: 'request-malformed', status: 400 }]);
});

t.test('a body that breaks off its framing while its refusal is recorded changes nothing of that', async (t) => {
  const { gateway, disk } = await startWatched(t);
  disk.hold();
  const connection = connectTo(t, gateway.url);
  connection.socket.write(
    `POST /r1/VN/GOV/${askService}/v1 HTTP/1.1\r\nHost: gateway\r\nX-Road-Client: VN/GOV/${consumer}\r\n` +
      'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  );
  await sleep(300);
  t.equal(connection.received(), '', 'nothing before the record');
  disk.release();
  while (!connection.received().includes('\r\n\r\n')) await sleep(5);
  t.match(connection.received(), /^HTTP\/1\.1 401 /);
  t.match(await gateway.entries(), [{ problem: 'authentication-required', status: 401 }]);
});

t.test('exchanges in flight share one sync', async (t) => {
  const { gateway, disk } = await startWatched(t);
  disk.hold();
  const calls = Array.from({ length: 20 }, () => gateway.call(askService, consumer, { pin: '099190000001' }));
  while (disk.waiting === 0) await sleep(5);
  await sleep(200);
  disk.release();
  const indexes = (await Promise.all(calls)).map(({ headers }) => Number(headers.get('exchange-log-index')));
  t.same(
    indexes.sort((a, b) => a - b),
    Array.from({ length: 20 }, (_one, index) => index),
  );
  t.ok(disk.counts.sync <= 3, `${disk.counts.sync} syncs for 20 exchanges`);
});

t.test('after a failed sync no exchange is answered, and none is tried again', async (t) => {
  const { gateway, disk } = await startWatched(t);
  const ask = () => gateway.call(askService, consumer, { pin: '099190000001' });
  t.equal((await ask()).status, 200);
  disk.breakWith('sync', new Error('EIO'));
  t.equal((await ask()).status, 503);
  t.equal((await ask()).status, 503);
  t.equal(disk.counts.sync, 2, 'a sync that failed is never repeated');
  t.match(await (await fetch(`${gateway.url}/metrics`)).text(), /lienthong_log_writable 0/);
  t.equal((await fetch(`${gateway.url}/health/ready`)).status, 503);
});

/** What comes back over it is kept as text. */
function connectTo(t: Test, url: string) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  t.teardown(() => socket.destroy());
  let received = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    received += chunk;
  });
  return { socket, received: () => received };
}
