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

/** Why there is no answer. */
export class AskError extends Error {
  override readonly name = 'AskError';
  /** Of the problem; undefined where the gateway was not reached, or something else answered. */
  readonly code: string | undefined;
  /** The same question may be answered later; not before so many milliseconds. Undefined where it may not. */
  readonly passesInMs: number | undefined;

  constructor(message: string, code: string | undefined, passesInMs: number | undefined, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.passesInMs = passesInMs;
  }
}

/** A problem, where it is one. */
interface Told {
  readonly code?: string;
  readonly detail?: string;
  readonly mend?: string;
  readonly redelivered?: readonly string[];
}

const answerTimeoutMs = 60_000;
/** What passes by itself, be it of the gateway or of what stands before it. */
const passing: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/** A body makes it a POST; of an answer without one, the place in the log. Throws AskError. */
export async function askGateway<Answer>(
  { url, token, client }: GatewayPlace,
  path: string,
  body?: object,
): Promise<Answer> {
  const notReached = (error: Error) =>
    new AskError(`${url} cannot be asked: ${error.cause ?? error.message}`, undefined, 0, error);
  const response = await fetch(`${url.replace(/\/$/, '')}${path}`, {
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      ...(client === undefined ? {} : { 'x-road-client': client }),
    },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(answerTimeoutMs),
  }).catch((error: Error) => {
    throw notReached(error);
  });
  if (response.status === 204) return { index: response.headers.get('exchange-log-index') } as Answer;
  const text = await response.text().catch((error: Error) => {
    throw notReached(error);
  });
  const answer = parsed<Answer & Told>(text);
  if (response.ok && answer !== undefined) return answer;
  throw refusalOf(response, answer ?? { detail: 'it is no gateway’s answer' });
}

function refusalOf({ status, headers }: Response, { code, detail = '', mend = '', redelivered }: Told): AskError {
  const going = redelivered === undefined ? '' : ` Tried again: ${redelivered.join(', ') || 'none'}.`;
  const retryAfterSeconds = Number(headers.get('retry-after') ?? 0);
  const passesInMs = passing.has(status) ? (retryAfterSeconds || 0) * 1000 : undefined;
  return new AskError(`the gateway answers ${status}: ${detail} ${mend}${going}`, code, passesInMs);
}

function parsed<Answer>(text: string): Answer | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
