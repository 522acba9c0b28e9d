/** Questions between processes are answered, refused as they were refused there, and never wait for ever. */

import { EventEmitter } from 'node:events';
import t from 'tap';
import { Problem } from '../../src/problems.ts';
import { type Carrier, ChannelGone, createChannel } from '../../src/workers/channel.ts';

/** Two ends over which messages go as JSON, as between processes. */
function createPair(pendingMax = 10) {
  const wire = new EventEmitter();
  const carrier = (own: string, other: string): Carrier => ({
    send: (message) => wire.emit(other, JSON.parse(JSON.stringify(message))),
    onMessage: (listener) => void wire.on(own, listener),
    onGone: (listener) => void wire.once('gone', listener),
  });
  const [here, there] = [createChannel(carrier('a', 'b'), pendingMax), createChannel(carrier('b', 'a'), pendingMax)];
  return { here, there, part: () => wire.emit('gone') };
}

t.test('a question is answered, and a Problem arrives as it was thrown', async (t) => {
  const { here, there } = createPair();
  there.on('double', (number: number) => number * 2);
  there.on('refuse', () => {
    throw new Problem('checkpoint-pending', 'Not yet.', { retryAfterSeconds: 3 });
  });
  t.equal(await here.ask('double', 21, 1000), 42);
  await t.rejects(here.ask('refuse', undefined, 1000), { code: 'checkpoint-pending', retryAfterSeconds: 3 });
  await t.rejects(here.ask('unknown', undefined, 1000), /nobody answers/);
});

t.test('no question waits for an end that is gone, slow or asked too much', async (t) => {
  const { here, there, part } = createPair(1);
  there.on('never', () => new Promise(() => undefined));
  await t.rejects(here.ask('never', undefined, 20), ChannelGone);
  const waiting = here.ask('never', undefined, 60_000);
  await t.rejects(here.ask('never', undefined, 60_000), /too many/);
  part();
  await t.rejects(waiting, ChannelGone);
  await t.rejects(here.ask('never', undefined, 60_000), ChannelGone);
});
