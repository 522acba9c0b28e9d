/** A request as the heart of the gateway gets it, with only those parts spelt out that a test is about. */

import type { Incoming } from '../../src/exchange/types.ts';

/** Of the fixed cast of sample people. */
export const pins = { hoa: '099190000001', duc: '099088000002', minh: '099216000004' } as const;

let made = 0;
const here = new AbortController().signal;

export interface IncomingChanges extends Partial<Omit<Incoming, 'content'>> {
  /** Printed as JSON; a string or bytes are sent as they are. */
  readonly content?: unknown;
}

export function incomingFixture(changes: IncomingChanges = {}): Incoming {
  made += 1;
  const { content = { pin: pins.hoa }, ...rest } = changes;
  return {
    id: `01981f2e-7c00-7000-8000-${made.toString(16).padStart(12, '0')}`,
    receivedAtMs: Date.parse('2026-03-02T09:00:00.000+07:00'),
    credentials: { bearerToken: undefined, remoteAddress: '127.0.0.1' },
    clientId: 'VN/GOV/G22/portal',
    serviceId: 'VN/GOV/G01/population/get-person',
    version: 'v1',
    verb: 'POST',
    query: '',
    messageId: `VN-message-${made}`,
    messageName: `VN-message-${made}`,
    corrects: undefined,
    official: undefined,
    issue: undefined,
    representedParty: undefined,
    purpose: undefined,
    signal: () => here,
    ...rest,
    content: bytesOf(content),
  };
}

function bytesOf(content: unknown): Uint8Array {
  if (content instanceof Uint8Array) return content;
  return Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
}
