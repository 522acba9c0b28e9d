/** The tour's file of messages: many in one request, a line each, answered line by line. */

import { type PushStep, requestTimeoutMs, sender, settled } from './push-steps.ts';

/** A line of the answer, as far as the tour looks. */
interface LineShown {
  readonly status?: number;
  readonly exchangeId?: string;
  readonly logIndex?: number;
  readonly done?: boolean;
}

const service = 'VN/GOV/G01/population/report-residence-change/v1';
/** Nobody whom a page names: what a reader tries out about those is in nobody's way. */
const people = ['099071599276', '099174662628', '099089821008'];
/** One of which no register needs to hear. */
const wrong = { pin: '12345' };

export const bulkSteps: readonly PushStep[] = [
  {
    title: 'bulk: a file of changes',
    take: async (tour) => {
      const batch = crypto.randomUUID();
      const messages = [...people.map(change), wrong];
      const lines = messages.map((message, n) => JSON.stringify({ id: `${batch}-${n}`, message }));
      const response = await fetch(`${tour.url}/r1/${service}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-ndjson',
          'x-road-client': sender,
          'x-road-userid': 'official-0042',
          authorization: `Bearer ${await tour.issue(sender)}`,
        },
        body: `${lines.join('\n')}\n`,
        signal: AbortSignal.timeout(requestTimeoutMs),
      });
      const results: LineShown[] = (await response.text())
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      const statuses = results.map(({ status }) => status).slice(0, -1);
      if (`${statuses}` !== `${[...people.map(() => 202), 422]}`) throw new Error(`the lines got ${statuses}`);
      if (results.at(-1)?.done !== true) throw new Error('the gateway ended the request early');
      const accepted = results.slice(0, people.length);
      for (const { exchangeId } of accepted) await settled(tour, exchangeId ?? '');
      const line = `${lines.length} lines in one request: ${accepted.length} accepted and delivered, one refused by its schema`;
      return { line, index: String(accepted.at(-1)?.logIndex) };
    },
  },
];

/** A stay of a few weeks, on which nothing else of the tour depends. */
function change(pin: string): object {
  return {
    pin,
    kind: 'temporary',
    residence: {
      address: {
        line: 'Số 12, phố Hàng Bông',
        commune: { code: '00082', name: 'Phường Cửa Nam' },
        province: { code: '01', name: 'Thành phố Hà Nội' },
        asOf: '2026-11-01',
      },
      since: '2026-11-01',
      authority: 'Công an phường Cửa Nam',
    },
  };
}
