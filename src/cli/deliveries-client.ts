/** Asks a gateway as an operator where pushes are, and has dead letters tried again or given up. */

export interface OperatorPlace {
  /** Base URL of the gateway. */
  readonly url: string;
  readonly token: string;
}

// biome-ignore lint/suspicious/noExplicitAny: a push as the gateway prints it; absent members are told as such
export type ShownPush = any;

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
    const page = await ask(place, `/v1/admin/${list}?${query}`);
    yield* page.exchanges.slice(0, left);
    left -= page.exchanges.length;
    after = page.next;
    if (after === undefined) return;
  }
}

export const showPush = (place: OperatorPlace, id: string): Promise<ShownPush> =>
  ask(place, `/v1/admin/deliveries/${id}`);

export const redeliverPush = (place: OperatorPlace, id: string): Promise<ShownPush> =>
  ask(place, `/v1/admin/dead-letters/${id}/redeliver`, {});

export const redeliverPushes = (place: OperatorPlace, filters: object): Promise<ShownPush> =>
  ask(place, '/v1/admin/dead-letters/redeliver', filters);

export const discardPush = (place: OperatorPlace, id: string, reason: string): Promise<ShownPush> =>
  ask(place, `/v1/admin/dead-letters/${id}/discard`, { reason });

async function ask({ url, token }: OperatorPlace, path: string, body?: object): Promise<ShownPush> {
  const response = await fetch(`${url.replace(/\/$/, '')}${path}`, {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(answerTimeoutMs),
  }).catch((error: Error) => {
    throw new Error(`${url} cannot be asked: ${error.cause ?? error.message}`, { cause: error });
  });
  if (response.status === 204) return { index: response.headers.get('exchange-log-index') };
  const answer = (await response.json()) as ShownPush;
  if (response.ok) return answer;
  throw new Error(`the gateway answers ${response.status}: ${answer.detail ?? ''} ${answer.mend ?? ''}`);
}
