/** Tells where accepted pushes are, as the state database has it: nothing that is not in the log. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Catalogue } from '../exchange/ports.ts';
import type { LegState, PushDetails, Pushes, PushSummary, PushTransition } from '../exchange/pushes.ts';
import type { PushService } from '../exchange/services.ts';
import type { ProblemCode } from '../problems.ts';
import type { StateQueries } from '../state/session.ts';
import { readStatement } from '../state/statements.ts';
import { unavailable } from './acceptance.ts';
import { legsStanding } from './legs-standing.ts';
import { pushOf } from './offered-pushes.ts';
import type { DeliverySecrets } from './secrets.ts';
import { issueOf, mergedResult, openResults, type SealedResults } from './stored.ts';

export interface PushStatesSetup {
  readonly database: StateQueries;
  readonly secrets: DeliverySecrets;
  readonly catalogue: Catalogue;
  /** Resolves when the acceptance that is on its way into the database here, if it is, has arrived. */
  readonly arrived: (exchangeId: string) => Promise<void>;
}

interface SummaryRow {
  readonly id: string;
  readonly seq: number;
  readonly accepted_ms: number;
  readonly sender: string;
  readonly service: string;
  readonly version: string;
  readonly registry: string;
  readonly state: string;
  readonly since_ms: number;
  readonly leg: number;
  readonly tries: number;
  readonly next_try_ms: number | null;
  readonly problem: ProblemCode | null;
  readonly reason: string | null;
  readonly in_doubt: boolean;
  readonly final_ms: number | null;
  readonly corrects: string | null;
  readonly corrected_by: string | null;
  readonly behind: string | null;
  readonly intended: string | null;
}

interface DetailsRow extends SummaryRow {
  /** Null while it is not known to be in the log. */
  readonly log_index: number | null;
  readonly results: Buffer | null;
  readonly transitions: readonly (Omit<PushTransition, 'time'> & { readonly timeMs: number })[];
}

const folder = new URL('sql/', import.meta.url);
/** Beyond it the database has trouble, of which the question itself will tell. */
const arrivalMsMax = 2_000;
/** From what is held to what holds that: a dead letter further away is not told of yet. */
const stepsMax = 100;
const details = readStatement(folder, 'details');
const list = readStatement(folder, 'list');
const deadAmong = readStatement(folder, 'dead-among');

export function createPushStates({ database, secrets, catalogue, arrived }: PushStatesSetup): Pushes {
  const query: StateQueries['query'] = (statement, values) =>
    database.query<never>(statement, values).catch((cause: unknown) => {
      throw unavailable('The state of pushes cannot be read now.', cause);
    });

  /** Whoever sent them: that they wait is told, not whose they are. */
  async function deadHolding(rows: readonly SummaryRow[]): Promise<ReadonlySet<string>> {
    const ids = [...new Set(rows.flatMap(({ behind }) => behind ?? []))];
    const dead = ids.length === 0 ? [] : await query<{ id: string }>(deadAmong, { ids, stepsMax });
    return new Set(dead.map(({ id }) => id));
  }

  return {
    async find(exchangeId) {
      // Its sender may look where Location points before the place in the log is noted.
      await Promise.race([arrived(exchangeId), sleep(arrivalMsMax, undefined, { ref: false })]);
      const [row] = await query<DetailsRow>(details, { id: exchangeId });
      if (row?.log_index === null) throw unavailable('The push is being accepted; its state cannot be told now.');
      if (row === undefined) return undefined;
      return detailsOf(
        row,
        pushOf(catalogue, row),
        openResults(secrets, row.id, row.results),
        await deadHolding([row]),
      );
    },
    async list(filter, { limit, after }) {
      const { sender, registry, service, state, fromMs, toMs, issue } = filter;
      const keyed = issue === undefined ? undefined : issueOf(secrets, issue);
      const values = { sender, registry, service, state, fromMs, toMs, issue: keyed, after };
      // One more than is shown tells whether there is a next page.
      const rows = await query<SummaryRow>(list, { ...values, limit: limit + 1 });
      const shown = rows.slice(0, limit);
      const next = rows.length > limit ? shown.at(-1)?.seq : undefined;
      const dead = await deadHolding(shown);
      return {
        pushes: shown.map((row) => summaryOf(row, pushOf(catalogue, row), dead)),
        next: next === undefined ? undefined : String(next),
      };
    },
  };
}

/** @param dead ids of dead letters among those that hold others. */
function summaryOf(row: SummaryRow, push: PushService | undefined, dead: ReadonlySet<string>): PushSummary {
  const legs = legsStanding(push, row.leg, row.in_doubt);
  const { id, sender, service, version, registry, state, tries } = row;
  return {
    id,
    sender,
    service,
    version,
    registry,
    state,
    acceptedAt: printed(row.accepted_ms),
    since: printed(row.since_ms),
    nextTry: row.next_try_ms === null ? undefined : printed(row.next_try_ms),
    tries,
    problem: row.problem ?? undefined,
    reason: row.reason ?? undefined,
    isFinal: row.final_ms !== null,
    legsDone: legs.done,
    legInDoubt: legs.inDoubt,
    heldBehind: row.behind ?? undefined,
    heldBehindDeadLetter: (row.behind !== null && dead.has(row.behind)) || undefined,
    intended: row.intended ?? undefined,
    corrects: row.corrects ?? undefined,
    correctedBy: row.corrected_by ?? undefined,
  };
}

function detailsOf(
  row: DetailsRow,
  push: PushService | undefined,
  results: SealedResults,
  dead: ReadonlySet<string>,
): PushDetails {
  const isDelivered = row.state === 'delivered' && row.results !== null && push !== undefined;
  return {
    ...summaryOf(row, push, dead),
    refusal: isRefused(row) ? results.refusal : undefined,
    legs: (push?.legs ?? []).map(({ delivery: name, registry }, ordinal) => ({
      name,
      registry,
      state: legStateOf(row, ordinal),
    })),
    result: isDelivered ? mergedResult(push, results) : undefined,
    transitions: row.transitions.map(({ id, timeMs, state, leg, log, index }) => ({
      id,
      time: printed(timeMs),
      state,
      leg,
      log,
      index,
    })),
  };
}

function legStateOf(row: SummaryRow, ordinal: number): LegState {
  if (ordinal < row.leg) return 'done';
  if (ordinal > row.leg || row.state === 'accepted') return 'to-come';
  return isRefused(row) ? 'refused' : 'current';
}

/** Since then it was not tried again. */
function isRefused({ state, problem }: SummaryRow): boolean {
  return state === 'refused' || problem === 'refused-in-part';
}

function printed(ms: number): string {
  return new Date(ms).toISOString();
}
