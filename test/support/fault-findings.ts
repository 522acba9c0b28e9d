/** Looks at what became of acknowledged pushes: each with one effect, in order, settled, and in the log as it is shown. */

import type { Answer, LoggedEntry } from './answers.ts';
import type { Acknowledged } from './fault-senders.ts';
import { type PushGateway, type PushPlace, until } from './push-place.ts';
import { runSql } from './state-fixture.ts';

/** What settles nothing for that long does not move. */
const stillMsMax = 30_000;
const together = 8;

/** A line for each thing that is wrong, with its push and round. */
export async function findFaults(
  place: PushPlace,
  gateway: PushGateway,
  acknowledged: readonly Acknowledged[],
): Promise<string[]> {
  return [
    ...(await unsettled(place)),
    ...(await wrongEffects(place, acknowledged)),
    ...(await wrongStates(gateway, acknowledged)),
    ...(await leftOver(place)),
  ];
}

async function unsettled(place: PushPlace): Promise<string[]> {
  const open = async () =>
    runSql(
      place.stateUrl,
      `SELECT d.id, d.seq, d.state, d.tries, d.problem, d.worker, d.log_index, j.state AS job, j.start_after
       FROM deliveries d LEFT JOIN lienthong_jobs.job j ON j.name = d.registry AND j.id = d.id
       WHERE d.final_ms IS NULL ORDER BY d.seq`,
    );
  let rows = await open();
  for (let before = Number.POSITIVE_INFINITY; rows.length > 0 && rows.length < before; ) {
    before = rows.length;
    rows = await until(open, (found) => found.length < before, stillMsMax);
  }
  return rows.map((row) => `neither settled nor moving: ${JSON.stringify(row)}`);
}

/** Whoever waits for each acknowledgement finds the effects in the order of sending, none missing and none twice. */
async function wrongEffects(place: PushPlace, acknowledged: readonly Acknowledged[]): Promise<string[]> {
  const faults: string[] = [];
  for (const [pin, sent] of Map.groupBy(acknowledged, (one) => one.pin)) {
    const effects = (await place.effects(pin)).filter((line) => line.startsWith('so '));
    for (const { line, round, exchangeId } of sent) {
      const count = effects.filter((effect) => effect === line).length;
      if (count !== 1) faults.push(`${exchangeId} ${pin} ${line}, round ${round}: ${count} effects`);
    }
    const at = sent.findIndex(({ line }, ordinal) => effects[ordinal] !== line);
    const { exchangeId, line, round } = sent[at] ?? {};
    if (at !== -1) faults.push(`${exchangeId} ${pin} ${line}, round ${round}: out of order, ${effects[at]} instead`);
    if (effects.length > sent.length) faults.push(`${pin}: ${effects.length - sent.length} effects nobody was told of`);
  }
  return faults;
}

async function wrongStates(gateway: PushGateway, acknowledged: readonly Acknowledged[]): Promise<string[]> {
  const entries = await gateway.entries();
  const early = deliveredEarly(entries);
  const faults: string[] = [];
  for (let at = 0; at < acknowledged.length; at += together) {
    const some = acknowledged.slice(at, at + together);
    const found = await Promise.all(some.map(({ exchangeId }) => gateway.ask(`/v1/exchanges/${exchangeId}`)));
    for (const [ordinal, { body }] of found.entries()) {
      const { exchangeId, pin, line, round } = some[ordinal] as Acknowledged;
      const wrong = early.has(exchangeId) ? tooEarly : wrongIn(body, exchangeId, entries);
      if (wrong !== undefined) faults.push(`${exchangeId} ${pin} ${line}, round ${round}: ${wrong}`);
    }
  }
  return faults;
}

const tooEarly = 'a delivery was begun before its acceptance was in the log';

/** Exchanges of which the log tells something before it tells that they were accepted. */
function deliveredEarly(entries: readonly LoggedEntry[]): ReadonlySet<string> {
  const accepted = new Set<string>();
  const early = new Set<string>();
  for (const { id, kind, status, exchange } of entries) {
    if (kind === 'push' && status === 202) accepted.add(id);
    if (kind === 'delivery' && exchange !== undefined && !accepted.has(exchange)) early.add(exchange);
  }
  return early;
}

function wrongIn(push: Answer, exchangeId: string, entries: readonly LoggedEntry[]): string | undefined {
  if (push.state !== 'delivered' || push.final !== true) return `it is ${push.state ?? JSON.stringify(push)}`;
  const [first, ...later] = push.transitions;
  const acceptance = entries[first?.index ?? -1];
  if (acceptance?.id !== exchangeId || acceptance.kind !== 'push' || acceptance.status !== 202) {
    return 'its acceptance is not where it is said to be in the log';
  }
  for (const { id, index, state } of later) {
    const { id: entryId, exchange, state: recorded } = entries[index] ?? {};
    if (entryId !== id || exchange !== exchangeId || recorded !== state) return `${state} is not in the log`;
  }
  return undefined;
}

/** What only a push on its way may have. */
async function leftOver(place: PushPlace): Promise<string[]> {
  const sql = `SELECT (SELECT count(*)::int FROM lienthong_jobs.job) AS jobs,
    (SELECT count(*)::int FROM delivery_unrecorded) AS unrecorded,
    (SELECT count(*)::int FROM delivery_turns) AS turns,
    (SELECT count(*)::int FROM deliveries WHERE worker IS NOT NULL) AS held`;
  const [counts = {}] = await runSql(place.stateUrl, sql);
  return Object.entries(counts).flatMap(([what, count]) => (count === 0 ? [] : [`${count} ${what} are left over`]));
}
