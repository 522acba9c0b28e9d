/** A process that takes what a gateway sends outside, notices or telemetry, and notes it in a file before it answers. */

import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';

const { LIENTHONG_PORT: port, LIENTHONG_TAKEN: file = '' } = process.env;

createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk);
  } catch {
    // Whoever sent it has gone, and will send it again.
    return;
  }
  const isText = request.headers['content-type']?.includes('json');
  appendFileSync(file, `${isText ? Buffer.concat(chunks).toString() : request.url}\n`);
  response.writeHead(200).end();
}).listen(Number(port), '127.0.0.1', () => process.send?.('ready'));
