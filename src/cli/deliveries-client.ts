/** Asks a gateway as an operator where pushes are, and has dead letters tried again or given up. */

export interface OperatorPlace {
  /** Base URL of the gateway. */
  readonly url: string;
  readonly token: string;
}

/** A push as the gateway lists it, so much of it as is printed in a line. */
export interface ShownPush {
  readonly exchangeId: string;
  readonly acceptedAt: string;
  readonly state: string;
  readonly sender: string;
  readonly service: string;
  readonly problem?: string;
  readonly reason?: string;
  readonly heldBehind?: string;
}

/** Where the action stands in the log; null where the gateway does not say. */
interface Recorded {
  readonly index: string | number | null;
}

const answerTimeoutMs = 60_000;

/** Page after page, at most so many. Throws where the gateway refuses. */
export async function* listPushes(
  place: OperatorPlace,
  list: 'deliveries' | 'dead-letters',
  filters: Readonly<Record<string, string>>,
  rowsMax: number,
): AsyncGenerator<ShownPush> {
  let after: string | undefined;
  for (let left = rowsMax; left > 0; ) {
    const query = new URLSearchParams({ ...filters, ...(after === undefined ? {} : { after }) });
    const page = await ask<Page>(place, `/v1/admin/${list}?${query}`);
    yield* page.exchanges.slice(0, left);
    left -= page.exchanges.length;
    after = page.next;
    if (after === undefined) return;
  }
}

/** With legs and transitions, as the gateway tells it. */
export const showPush = (place: OperatorPlace, id: string): Promise<object> => ask(place, `/v1/admin/deliveries/${id}`);

export const redeliverPush = (place: OperatorPlace, id: string): Promise<Recorded> =>
  ask(place, `/v1/admin/dead-letters/${id}/redeliver`, {});

export const redeliverPushes = (
  place: OperatorPlace,
  filters: object,
): Promise<{ readonly redelivered: readonly string[] }> => ask(place, '/v1/admin/dead-letters/redeliver', filters);

export const discardPush = (place: OperatorPlace, id: string, reason: string): Promise<Recorded> =>
  ask(place, `/v1/admin/dead-letters/${id}/discard`, { reason });

interface Page {
  readonly exchanges: readonly ShownPush[];
  readonly next?: string;
}

/** A problem, where it is one. */
interface Told {
  readonly detail?: string;
  readonly mend?: string;
}

async function ask<Answer>({ url, token }: OperatorPlace, path: string, body?: object): Promise<Answer> {
  const response = await fetch(`${url.replace(/\/$/, '')}${path}`, {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(answerTimeoutMs),
  }).catch((error: Error) => {
    throw new Error(`${url} cannot be asked: ${error.cause ?? error.message}`, { cause: error });
  });
  if (response.status === 204) return { index: response.headers.get('exchange-log-index') } as Answer;
  const answer = (await response.json()) as Answer & Told;
  if (response.ok) return answer;
  throw new Error(`the gateway answers ${response.status}: ${answer.detail ?? ''} ${answer.mend ?? ''}`);
}
