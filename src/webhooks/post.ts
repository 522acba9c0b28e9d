/** Sends one notice to one receiver: within its time, to allowed addresses, no further, and reads no more of the answer than it may. */

import { Client } from 'undici';
import type { Addresses } from './addresses.ts';
import { type GuardedConnectSetup, guardedConnect } from './guarded-connect.ts';
import type { Receiver, WebhookSettings } from './settings.ts';

/** `taken`, or in one word why not: `status-500`, `redirected`, `timeout`, `address-not-allowed`, `connection-failed`. */
export type PostOutcome = 'taken' | (string & {});

export interface Post {
  send(headers: Readonly<Record<string, string>>, content: string, signal: AbortSignal): Promise<PostOutcome>;
  close(): Promise<void>;
}

export interface PostSetup extends Pick<GuardedConnectSetup, 'lookup'> {
  readonly receiver: Receiver;
  readonly addresses: Addresses;
  readonly settings: WebhookSettings;
}

/** Words of Node and undici for what went wrong, where one is worth telling apart. */
const words: Readonly<Record<string, string>> = {
  'address-not-allowed': 'address-not-allowed',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  ENOTFOUND: 'name-unknown',
  EAI_AGAIN: 'name-unknown',
  ECONNREFUSED: 'connection-refused',
  ECONNRESET: 'connection-reset',
  UND_ERR_SOCKET: 'connection-reset',
};
const certificateFault = /CERT|SIGNATURE|ISSUER|SSL|TLS/;

export function createPost({ receiver, addresses, settings, lookup }: PostSetup): Post {
  const { connectTimeoutMs, timeoutMs, bodyBytesMax, answerBytesMax } = settings;
  const url = new URL(receiver.url);
  const client = new Client(url.origin, {
    connect: guardedConnect({
      addresses,
      connectTimeoutMs,
      ca: receiver.ca,
      ...(lookup === undefined ? {} : { lookup }),
    }),
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    pipelining: 1,
  });

  return {
    async send(headers, content, signal) {
      if (Buffer.byteLength(content) > bodyBytesMax) return 'too-large';
      const time = AbortSignal.timeout(timeoutMs);
      try {
        const { statusCode, body } = await client.request({
          method: 'POST',
          path: url.pathname + url.search,
          headers,
          body: content,
          signal: AbortSignal.any([signal, time]),
        });
        // It is nobody's business what the receiver says beyond its status; what is longer costs the connection.
        await body.dump({ limit: answerBytesMax });
        if (statusCode >= 200 && statusCode < 300) return 'taken';
        return statusCode >= 300 && statusCode < 400 ? 'redirected' : `status-${statusCode}`;
      } catch (error) {
        signal.throwIfAborted();
        return time.aborted ? 'timeout' : wordOf(error);
      }
    },
    close: () => client.destroy(),
  };
}

function wordOf(error: unknown): string {
  const { code = '' } = error as { code?: string };
  return words[code] ?? (certificateFault.test(code) ? 'certificate-refused' : 'connection-failed');
}
