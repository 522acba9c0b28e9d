/** Asks a gateway's audit API as any HTTP client can: filters go as a message, so that no address names a person. */

import type { AuditRow } from '../exchange/audit.ts';

export interface AuditQuestion {
  /** Base URL of the gateway. */
  readonly url: string;
  readonly token: string;
  /** Members of the search message. */
  readonly filters: Readonly<Record<string, unknown>>;
  /** The case that the look belongs to. */
  readonly issue?: string | undefined;
}

const answerTimeoutMs = 60_000;
const path = '/v1/audit/exchanges/search';

/** Everything that matches, as it comes. Throws where the gateway refuses, and where the connection breaks before the end. */
export async function* exportRows(question: AuditQuestion, mediaType: string): AsyncGenerator<Uint8Array> {
  const { body } = await ask(question, {}, mediaType);
  try {
    yield* body ?? [];
  } catch (cause) {
    throw new Error('the connection broke before the last row: what was printed is not the whole result', { cause });
  }
}

/** Page after page, at most so many rows. */
export async function* pagedRows(question: AuditQuestion, rowsMax: number): AsyncGenerator<AuditRow> {
  let after: string | undefined;
  for (let left = rowsMax; left > 0; ) {
    const response = await ask(question, after === undefined ? {} : { after }, 'application/json');
    const page = (await response.json()) as { readonly rows: readonly AuditRow[]; readonly next?: string };
    yield* page.rows.slice(0, left);
    left -= page.rows.length;
    after = page.next;
    if (after === undefined) return;
  }
}

async function ask({ url, token, filters, issue }: AuditQuestion, page: object, accept: string): Promise<Response> {
  // For the headers of the reply only: an export takes as long as it takes.
  const tooLate = new AbortController();
  const timer = setTimeout(() => tooLate.abort(new Error('it does not answer in time')), answerTimeoutMs);
  try {
    const response = await fetch(`${baseOf(url)}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept,
        ...(issue === undefined ? {} : { 'x-road-issue': issue }),
      },
      body: JSON.stringify({ ...filters, ...page }),
      signal: tooLate.signal,
    }).catch((error: Error) => {
      throw new Error(`${url} cannot be asked: ${reasonOf(error)}`, { cause: error });
    });
    if (response.ok) return response;
    throw new Error(await explain(response));
  } finally {
    clearTimeout(timer);
  }
}

async function explain(response: Response): Promise<string> {
  const said = (await response.json().catch(() => ({}))) as {
    detail?: string;
    mend?: string;
    errors?: readonly { pointer: string; message: string }[];
  };
  const faults = (said.errors ?? []).map(({ pointer, message }) => `\n  ${optionOf(pointer.slice(1))} ${message}`);
  const why = faults.length > 0 ? faults.join('') : ` ${said.detail ?? ''} ${said.mend ?? ''}`;
  return `the gateway answers ${response.status}:${why}`;
}

/** A person is named by one of two options. */
const optionsOfPeople: Readonly<Record<string, string>> = {
  subject: '--subject or --pin',
  official: '--official or --user-id',
};

const optionOf = (member: string) => (member === '' ? 'the search' : (optionsOfPeople[member] ?? `--${member}`));

/** An address from which paths go on. Throws Error for any other text. */
function baseOf(url: string): string {
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw new Error('--url must be an address such as https://gateway.example, with http:// or https:// in front');
  }
  return url.replace(/\/$/, '');
}

/** What stands behind "fetch failed". */
function reasonOf({ message, cause }: Error): string {
  const said = cause instanceof Error ? cause.message : message;
  return said === 'bad port' ? 'HTTP clients are barred from this port; is it the right one?' : said;
}
