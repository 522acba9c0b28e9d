/** The ways in which a collector answers badly, each to one request. */

import type { ServerResponse } from 'node:http';

export const collectorTroubles = {
  /** Says 200, and goes on with a byte at a time for as long as anybody listens. */
  trickling(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/x-protobuf' });
    const timer = setInterval(() => response.write('x'), 50);
    response.once('close', () => clearInterval(timer));
  },
  silent(): void {},
  garbage(response: ServerResponse): void {
    response.socket?.end(`${'\u0000garbage'.repeat(1000)}\r\n\r\n`);
  },
  huge(response: ServerResponse): void {
    const chunk = Buffer.alloc(1024 * 1024);
    response.writeHead(200);
    const fill = () => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on('drain', fill).on('error', () => undefined);
    fill();
  },
} as const;
