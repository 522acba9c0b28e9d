/** The physical limit of a cache hit: R1, and only what the protocol and a provable record ask of an answer that is at hand. */

import { hash, randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import Fastify from 'fastify';
import { createExchangeIds } from '../../src/exchange-ids.ts';
import { leafHash, nodeHash } from '../../src/exchange-log/tree/hash.ts';
import { requestHash } from '../../src/http/x-road/request-hash.ts';
import { createKeyedHash } from '../../src/keyed-hash.ts';
import { sampleEntriesOf } from '../sample-log.ts';
import { messageSchema } from './message-schema.ts';
import { listenOn, serve } from './serve.ts';

/** Written over and over: how long a log is costs nothing. */
const fileBytes = 16 << 20;
const writeFile = promisify(fs.write);

interface Append {
  readonly append: (entry: Buffer) => Promise<number>;
  readonly close: () => Promise<void>;
}

/** What came together is one durable write, as in the gateway's log; no bundle, no tile, no checkpoint. */
async function openAppend(file: string): Promise<Append> {
  fs.writeFileSync(file, Buffer.alloc(fileBytes), { flush: true });
  const descriptor = fs.openSync(file, fs.constants.O_WRONLY | fs.constants.O_DSYNC);
  let waiting: { readonly entry: Buffer; readonly resolve: (index: number) => void }[] = [];
  let edge: Buffer = leafHash(Buffer.alloc(0));
  let size = 0;
  let position = 0;
  let writing: Promise<void> | undefined;

  async function write(): Promise<void> {
    // Those who were answered go on, and what they ask next goes out together.
    for (; waiting.length > 0; await new Promise((resolve) => setImmediate(resolve))) {
      const batch = waiting;
      waiting = [];
      const content = Buffer.concat(batch.map(({ entry }) => entry));
      if (position + content.byteLength > fileBytes) position = 0;
      await writeFile(descriptor, content, 0, content.byteLength, position);
      position += content.byteLength;
      for (const { entry, resolve } of batch) {
        edge = nodeHash(edge, leafHash(entry));
        resolve(size++);
      }
    }
    writing = undefined;
  }

  return {
    append: (entry) =>
      new Promise((resolve) => {
        waiting.push({ entry, resolve });
        writing ??= write();
      }),
    async close() {
      await writing;
      fs.closeSync(descriptor);
    },
  };
}

serve(async ({ folder, path: requestPath, constantAnswer, client }) => {
  fs.mkdirSync(folder, { recursive: true });
  const log = await openAppend(path.join(folder, 'entries'));
  const keyed = createKeyedHash(randomBytes(32));
  const makeId = createExchangeIds(Date.now);
  const [sample] = sampleEntriesOf(1);
  const verifiedTokens = new Set<string>();
  const length = String(Buffer.byteLength(constantAnswer));
  const answer = Buffer.from(constantAnswer).toString('latin1');
  const app = Fastify();
  app.decorateRequest('text', '');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text, done) => {
    request.setDecorator('text', text);
    done(null, JSON.parse(String(text)));
  });
  app.post(requestPath, { schema: messageSchema }, async (request, reply) => {
    const token = hash('sha256', request.headers.authorization ?? '');
    if (!verifiedTokens.has(token)) verifiedTokens.add(token);
    const [id, requestId, messageId] = [makeId(), makeId(), makeId()];
    const body = Buffer.from(request.getDecorator<string>('text'));
    const entry = { ...sample, id, message: keyed(messageId, 'base64url'), request: keyed(body, 'base64') };
    const index = await log.append(Buffer.from(JSON.stringify(entry)));
    const { rawHeaders, method, url = '' } = request.raw;
    const hashed = {
      method: method ?? '',
      pathAndQuery: url,
      rawHeaders,
      requestId,
      generatedMessageId: messageId,
      body,
    };
    reply.hijack();
    reply.raw.writeHead(200, [
      ...['x-road-client', client, 'x-road-service', requestPath, 'x-road-id', messageId],
      ...['x-road-request-id', requestId, 'x-road-request-hash', requestHash(hashed), 'exchange-id', id],
      ...['traceparent', `00-${id}`, 'cache-control', 'no-store', 'exchange-log-index', String(index)],
      ...['exchange-log', requestPath, 'cache-status', 'lienthong; hit', 'age', '1', 'ratelimit', '"agreement";r=1'],
      ...['content-type', 'application/json; charset=utf-8', 'content-length', length],
    ]);
    reply.raw.end(answer, 'latin1');
    return reply;
  });
  return {
    opened: { url: await app.listen(listenOn) },
    close: async () => {
      await app.close();
      await log.close();
    },
  };
});
