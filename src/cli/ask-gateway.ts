/** Asks a running gateway something with a token, and says in one line why there is no answer. */

export interface GatewayPlace {
  /** Base URL of the gateway. */
  readonly url: string;
  readonly token: string;
  /** The subsystem for which the token is used; an operator's token needs none. */
  readonly client?: string;
}

// biome-ignore lint/suspicious/noExplicitAny: as the gateway prints it; absent members are told as such
export type Shown = any;

const answerTimeoutMs = 60_000;

/** A body makes it a POST; of an answer without one, the place in the log. Throws Error where the gateway refuses. */
export async function askGateway({ url, token, client }: GatewayPlace, path: string, body?: object): Promise<Shown> {
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
  if (response.status === 204) return { index: response.headers.get('exchange-log-index') };
  const answer = (await response.json()) as Shown;
  if (response.ok) return answer;
  throw new Error(`the gateway answers ${response.status}: ${answer.detail ?? ''} ${answer.mend ?? ''}`);
}
