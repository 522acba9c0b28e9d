/** The tour's pushes: a birth that comes back with the child's number, and twenty corrections that outlive a stopped registry, in order. */

import { setTimeout as sleep } from 'node:timers/promises';

export interface PushTour {
  /** Base URL of the gateway. */
  readonly url: string;
  /** Bearer token for a subsystem. */
  readonly issue: (clientId: string) => Promise<string>;
  /** Ends a sample registry; what it resolves with starts it again. */
  readonly stopRegistry: (name: string) => Promise<() => Promise<void>>;
}

export interface PushStep {
  readonly title: string;
  /** One line for the reader; throws where something is not as it should be. */
  readonly take: (tour: PushTour) => Promise<{ readonly line: string; readonly index: string | null }>;
}

/** What the gateway says of a push, as far as the tour looks. */
export interface PushShown {
  readonly state: string;
  readonly final: boolean;
  readonly result?: { readonly pin?: string };
  readonly transitions: readonly { readonly state: string; readonly leg?: string }[];
  readonly refusal?: { readonly en: string };
  readonly problem?: string;
}

/** Members of a problem (RFC 9457) beside those of a good answer. */
type OrProblem<Answer> = Partial<Answer> & { readonly detail?: string };

export const sender = 'VN/GOV/H26/one-stop';
const duc = { pin: '099088000002', fullName: 'Trần Văn Đức' };
const registrar = 'Ủy ban nhân dân phường Hoàn Kiếm, thành phố Hà Nội';
const corrections = 20;
const dayMs = 86_400_000;
/** 2008 to 2026. */
const birthDays = 6_800;
const settleTimeoutMs = 30_000;
const lookAgainMs = 50;
export const requestTimeoutMs = 10_000;

export const pushSteps: readonly PushStep[] = [
  {
    title: 'push: a birth, and its PIN',
    take: async (tour) => {
      const { id, index } = await push(tour, 'G15/civil-status/register-birth', birth());
      const { result, transitions } = await settled(tour, id);
      const asker = 'VN/GOV/G07/social-protection';
      const { person } = await query<{ person: { fullName: string } }>(tour, asker, 'G01/population/get-person', {
        pin: result?.pin,
      });
      const states = transitions.map(({ state, leg }) => (leg === undefined ? state : `${state} ${leg}`));
      return { line: `${person.fullName} is in the population registry; ${[...states].join(', ')}`, index };
    },
  },
  {
    title: 'push: through an outage',
    take: async (tour) => {
      const start = await tour.stopRegistry('judicial');
      const sent: Awaited<ReturnType<typeof push>>[] = [];
      try {
        // Each builds on the one before: in another order all but the first would be refused.
        for (let n = 0; n < corrections; n += 1) {
          sent.push(await push(tour, 'G15/civil-status/correct-civil-status', correction(n)));
        }
      } finally {
        await start();
      }
      for (const { id } of sent) await settled(tour, id);
      const line = `${sent.length} accepted while the judicial registry was stopped, all delivered in order after it`;
      return { line, index: sent.at(-1)?.index ?? null };
    },
  },
];

/** Another child on another day each time: the tour may be taken again on the same data. */
function birth(): object {
  const now = Date.now();
  const day = new Date(Date.UTC(1990 + 18) + (Math.floor(now / 1000) % birthDays) * dayMs).toISOString().slice(0, 10);
  const name = [...String(now)].map((digit) => String.fromCharCode('A'.charCodeAt(0) + Number(digit))).join('');
  return {
    child: {
      fullName: `Trần Gia ${name}`,
      dateOfBirth: { value: day, precision: 'day' },
      sex: 'female',
      placeOfBirth: 'Bệnh viện Phụ sản Hà Nội',
    },
    // By name alone: the register lets a mother whom it knows have no two births within half a year.
    mother: { fullName: 'Lê Thị Lan' },
    father: duc,
    declarant: duc,
    notificationNumber: `2026/${now}`,
    multiplicity: 'single',
    order: 1,
    birthRegistrationPlace: { code: '01', name: 'Thành phố Hà Nội' },
    registrar,
    declaredOn: '2026-11-02',
  };
}

/** There and back again, so that the tour leaves him his name. */
function correction(n: number): object {
  const other = 'Trần Văn Đúc';
  const [oldValue, newValue] = n % 2 === 0 ? [duc.fullName, other] : [other, duc.fullName];
  const decision = { number: '205/QĐ-UBND', date: '2026-10-30' };
  return { pin: duc.pin, field: 'fullName', oldValue, newValue, decision, registrar };
}

/** Pushes are refused for a moment after the start: the same message under the same id is taken once. */
async function push(tour: PushTour, service: string, message: object) {
  const messageId = `tour-${crypto.randomUUID()}`;
  for (const startedMs = Date.now(); ; await sleep(lookAgainMs)) {
    const path = `/r1/VN/GOV/${service}/v1`;
    const { status, headers, answer } = await call<{ exchangeId: string }>(tour, sender, path, message, {
      'x-road-id': messageId,
      'x-road-userid': 'official-0042',
    });
    if (status === 202 && answer.exchangeId !== undefined) {
      return { id: answer.exchangeId, index: headers.get('exchange-log-index') };
    }
    if (status !== 503 || Date.now() - startedMs > settleTimeoutMs) throw new Error(`${status}: ${answer.detail}`);
  }
}

export async function settled(tour: PushTour, id: string): Promise<PushShown> {
  for (const startedMs = Date.now(); ; await sleep(lookAgainMs)) {
    const { status, answer } = await call<PushShown>(tour, sender, `/v1/exchanges/${id}`);
    if (!isShown(answer)) throw new Error(`${status}: ${answer.detail}`);
    if (answer.state === 'delivered') return answer;
    if (answer.final || Date.now() - startedMs > settleTimeoutMs) {
      throw new Error(`the push is ${answer.state}: ${answer.refusal?.en ?? answer.problem ?? ''}`);
    }
  }
}

function isShown(answer: OrProblem<PushShown>): answer is PushShown {
  return answer.state !== undefined && answer.transitions !== undefined;
}

async function query<Found>(tour: PushTour, client: string, service: string, message: object): Promise<Found> {
  const { status, answer } = await call<Found & { found: boolean }>(tour, client, `/r1/VN/GOV/${service}/v1`, message);
  if (status !== 200 || !answer.found) throw new Error(`${status}: ${answer.detail ?? 'nothing was found'}`);
  return answer as Found;
}

export async function call<Answer>(tour: PushTour, client: string, path: string, message?: object, headers = {}) {
  const response = await fetch(`${tour.url}${path}`, {
    headers: {
      'content-type': 'application/json',
      'x-road-client': client,
      authorization: `Bearer ${await tour.issue(client)}`,
      ...headers,
    },
    ...(message === undefined ? {} : { method: 'POST', body: JSON.stringify(message) }),
    signal: AbortSignal.timeout(requestTimeoutMs),
  });
  return { status: response.status, headers: response.headers, answer: (await response.json()) as OrProblem<Answer> };
}
