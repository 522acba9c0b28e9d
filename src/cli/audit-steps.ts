/** Nearly the end of the tour: an auditor finds what the tour did, and is found in the log in turn. */

import { setTimeout as sleep } from 'node:timers/promises';

export interface AuditStep {
  readonly title: string;
  /** One line for the reader; throws where something is not as it should be. */
  readonly take: (ask: Ask) => Promise<{ readonly line: string; readonly index: string | null }>;
}

/** A request with the token of whoever takes the step, who says what a good answer looks like; a body makes it a POST. */
export type Ask = <Answer = unknown>(path: string, body?: object) => Promise<Asked<Answer>>;

interface Asked<Answer> {
  readonly status: number;
  readonly answer: Answer;
  readonly header: (name: string) => string | null;
}

interface SubjectAccesses {
  readonly accesses: readonly {
    readonly consumer?: string;
    readonly service?: string;
    readonly purpose?: string;
    readonly entries: number;
  }[];
}

interface LookReceipt {
  readonly entry: {
    readonly kind: string;
    readonly role: string;
    readonly look: string;
    readonly filters: { readonly outcome?: string };
  };
}

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
        () => ask<SubjectAccesses>('/v1/audit/subjects', { pin: hoa }),
        ({ accesses }) => accesses.length > 0,
      );
      const [first] = answer.accesses;
      const last = first?.service?.split('/').at(-1);
      return {
        line: `${first?.consumer} called ${last} ${first?.entries} times for ${first?.purpose}`,
        index: header('exchange-log-index'),
      };
    },
  },
  {
    title: 'audit: the look is an entry',
    take: async (ask) => {
      const look = await ask('/v1/audit/exchanges?outcome=refused&limit=1');
      if (look.status !== 200) throw new Error(`status ${look.status}: ${JSON.stringify(look.answer)}`);
      const { status, answer, header } = await ask<LookReceipt>(`/v1/exchanges/${look.header('exchange-id')}/receipt`);
      if (status !== 200) throw new Error(`status ${status}: ${JSON.stringify(answer)}`);
      const { kind, role, look: what, filters } = answer.entry;
      if (kind !== 'audit') throw new Error(`the entry is of kind ${kind}`);
      const line = `a receipt proves that an ${role} searched ${what} by outcome ${filters.outcome}`;
      return { line, index: header('exchange-log-index') };
    },
  },
];

export function createAsk(url: string, issueToken: () => Promise<string>): Ask {
  return async <Answer>(path: string, body?: object) => {
    const response = await fetch(`${url}${path}`, {
      headers: { authorization: `Bearer ${await issueToken()}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(requestTimeoutMs),
    });
    const answer = (await response.json()) as Answer;
    return { status: response.status, answer, header: (name) => response.headers.get(name) };
  };
}

/** On a busy machine the index, or the checkpoint, may take longer than one request waits. */
export async function onceIndexed<Answer>(
  request: () => Promise<Asked<Answer>>,
  isThere: (answer: Answer) => boolean,
): Promise<Asked<Answer>> {
  for (let waitedMs = 0; ; waitedMs += indexRetryMs) {
    const reply = await request();
    if (reply.status === 200 && isThere(reply.answer)) return reply;
    if (waitedMs >= indexTimeoutMs) throw new Error(`status ${reply.status}: ${JSON.stringify(reply.answer)}`);
    await sleep(indexRetryMs);
  }
}
