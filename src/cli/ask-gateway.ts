/** Asks a running gateway something with a token, and says in one line why there is no answer. */

export interface GatewayPlace {
  /** Base URL of the gateway. */
  readonly url: string;
  readonly token: string;
  /** The subsystem for which the token is used; an operator's token needs none. */
  readonly client?: string;
}

/** Where an action stands in the log; null where the gateway does not say. */
export interface Recorded {
  readonly index: string | number | null;
}

/** A problem, where it is one. */
interface Told {
  readonly detail?: string;
  readonly mend?: string;
}

const answerTimeoutMs = 60_000;

/** A body makes it a POST; of an answer without one, the place in the log. Throws Error where the gateway refuses. */
export async function askGateway<Answer>(
  { url, token, client }: GatewayPlace,
  path: string,
  body?: object,
): Promise<Answer> {
  const response = await fetch(`${url.replace(/\/$/, '')}${path}`, {
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      ...(client === undefined ? {} : { 'x-road-client': client }),
    },
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
