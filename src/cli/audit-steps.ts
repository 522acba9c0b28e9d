/** Nearly the end of the tour: an auditor finds what the tour did, and is found in the log in turn. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './demo.ts';

export interface AuditStep {
  readonly title: string;
  /** One line for the reader; throws where something is not as it should be. */
  readonly take: (ask: Ask) => Promise<{ readonly line: string; readonly index: string | null }>;
}

/** A request with the token of whoever takes the step; a body makes it a POST. */
export type Ask = (
  path: string,
  body?: object,
) => Promise<{ readonly status: number; readonly answer: Answer; readonly header: (name: string) => string | null }>;

/** The person whom most of the tour is about. */
export const hoa = '099190000001';
const requestTimeoutMs = 10_000;
/** For the index to reach what the tour did; entries are indexed behind the exchanges' back. */
const indexTimeoutMs = 15_000;
const indexRetryMs = 200;

export const auditSteps: readonly AuditStep[] = [
  {
    title: 'audit: who asked about her',
    take: async (ask) => {
      const { answer, header } = await onceIndexed(
        () => ask('/v1/audit/subjects', { pin: hoa }),
        ({ accesses }) => accesses.length > 0,
      );
      const [{ consumer, service, purpose, entries }] = answer.accesses;
      const last = service?.split('/').at(-1);
      return {
        line: `${consumer} called ${last} ${entries} times for ${purpose}`,
        index: header('exchange-log-index'),
      };
    },
  },
  {
    title: 'audit: the look is an entry',
    take: async (ask) => {
      const look = await ask('/v1/audit/exchanges?outcome=refused&limit=1');
      if (look.status !== 200) throw new Error(`status ${look.status}: ${JSON.stringify(look.answer)}`);
      const { status, answer, header } = await ask(`/v1/exchanges/${look.header('exchange-id')}/receipt`);
      if (status !== 200) throw new Error(`status ${status}: ${JSON.stringify(answer)}`);
      const { kind, role, look: what, filters } = answer.entry;
      if (kind !== 'audit') throw new Error(`the entry is of kind ${kind}`);
      const line = `a receipt proves that an ${role} searched ${what} by outcome ${filters.outcome}`;
      return { line, index: header('exchange-log-index') };
    },
  },
];

export function createAsk(url: string, issueToken: () => Promise<string>): Ask {
  return async (path, body) => {
    const response = await fetch(`${url}${path}`, {
      headers: { authorization: `Bearer ${await issueToken()}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(requestTimeoutMs),
    });
    const answer: Answer = await response.json();
    return { status: response.status, answer, header: (name) => response.headers.get(name) };
  };
}

/** On a busy machine the index, or the checkpoint, may take longer than one request waits. */
export async function onceIndexed(
  request: () => ReturnType<Ask>,
  isThere: (answer: Answer) => boolean,
): Promise<Awaited<ReturnType<Ask>>> {
  for (let waitedMs = 0; ; waitedMs += indexRetryMs) {
    const reply = await request();
    if (reply.status === 200 && isThere(reply.answer)) return reply;
    if (waitedMs >= indexTimeoutMs) throw new Error(`status ${reply.status}: ${JSON.stringify(reply.answer)}`);
    await sleep(indexRetryMs);
  }
}
