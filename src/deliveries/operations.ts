/** What operators, and senders by a correction, do about pushes that do not arrive; each action is kept, recorded, and then takes effect. */

import type { AdminAction, AdminEntry, DiscardReason, LogPosition } from '../exchange/entries.ts';
import type { PushAction, PushOperations } from '../exchange/pushes.ts';
import { Problem } from '../problems.ts';
import { readStatement } from '../state/statements.ts';
import { createInterventions, type FoundPush, type InterventionsSetup, reached } from './interventions.ts';
import { legsStanding } from './legs-standing.ts';
import { pushOf } from './offered-pushes.ts';
import { createRedeliverMany } from './redeliver-many.ts';
import type { DeliverySettings } from './settings.ts';
import type { NextState } from './transitions.ts';

export interface OperationsSetup extends InterventionsSetup {
  readonly settings: Pick<DeliverySettings, 'redeliverMax' | 'sweepRowsMax' | 'retryMs'>;
}

export interface Operations extends PushOperations {
  /** Discards what another push of the same sender stands in for. */
  correct(): Promise<void>;
  /** See Interventions. */
  goOn(): Promise<void>;
  /** Ids of pushes in hand. */
  held(): Iterable<string>;
}

type Act = Pick<Intervention, 'action' | 'reason'>;
type Asked = Pick<PushAction, 'id' | 'by'>;

/** What is to be done, and what it makes of the push. */
interface Intervention {
  readonly action: AdminAction;
  readonly reason: DiscardReason | undefined;
  readonly onlyDead: boolean;
  readonly mayStand: boolean;
  readonly next: (push: FoundPush) => NextState;
  /** Why it cannot be; undefined where it can. */
  readonly against: (push: FoundPush) => string | undefined;
}

const folder = new URL('sql/', import.meta.url);
const dead = readStatement(folder, 'dead');
const corrections = readStatement(folder, 'corrections');

export function createOperations(setup: OperationsSetup): Operations {
  const { database, nowMs } = setup;
  const interventions = createInterventions(setup);
  const { find, carryOut } = interventions;

  function entryOf({ action, reason }: Act, { id, by }: Asked, push?: FoundPush, refused?: Problem): AdminEntry {
    // In the order of the names, so that printing it gives canonical JSON.
    return {
      action,
      durationMs: 0,
      exchange: push?.id,
      id,
      issue: undefined,
      kind: 'admin',
      official: setup.pseudonyms.official(by),
      problem: refused?.code,
      reason,
      role: undefined,
      status: refused?.kind.status ?? 200,
      subject: push && interventions.subjectOf(push),
      subjectNumber: undefined,
      time: new Date(nowMs()).toISOString(),
    };
  }

  async function intervene(intervention: Intervention, wanted: PushAction): Promise<LogPosition> {
    const push = await find(wanted.exchangeId);
    const because = intervention.against(push);
    if (because === undefined) {
      const { onlyDead, mayStand, next } = intervention;
      const action = (taken: FoundPush) => entryOf(intervention, wanted, taken);
      const position = await carryOut(push, { onlyDead, mayStand, next, action });
      if (position !== undefined) return position;
    }
    const refused = new Problem('state-conflict', `The push is ${push.state}: ${because ?? 'somebody was faster'}.`);
    await interventions.record(entryOf(intervention, wanted, push, refused));
    throw refused;
  }

  /** What would be left of it in registers; undefined where surely nothing is. */
  function standing(push: FoundPush): string | undefined {
    const { done, inDoubt } = legsStanding(pushOf(setup.catalogue, push), push.leg, push.in_doubt);
    if (push.leg === 0 && !push.in_doubt) return undefined;
    const parts = [
      ...(push.leg === 0 ? [] : [`done, and stays so: ${done.join(', ') || `${push.leg} legs`}`]),
      ...(push.in_doubt ? [`perhaps done: ${inDoubt ?? 'the leg that is next'}`] : []),
    ];
    return `${parts.join('; ')}. Have it redelivered, or say with legsStand that you know it`;
  }

  /** In hand at this moment: the next sweep comes to it. */
  async function correctOne(id: string): Promise<void> {
    const next = (taken: FoundPush) => discarded(taken, 'corrected');
    await carryOut(await find(id), { onlyDead: false, mayStand: true, next });
  }

  const redeliver = (action: PushAction) =>
    intervene(
      {
        action: 'redeliver',
        reason: undefined,
        onlyDead: true,
        mayStand: true,
        next: ({ leg }) => ({ state: 'retrying', leg, tries: 0, nextTryMs: nowMs() }),
        against: againstRedelivery,
      },
      action,
    );

  const redeliverMany = createRedeliverMany({ redeliver, makeId: setup.makeId });

  return {
    redeliver,
    async redeliverAll({ registry, service, sender, fromMs, toMs }, action) {
      const values = { registry, service, sender, fromMs, toMs, limit: setup.settings.redeliverMax };
      const found = await reached(database.query<{ id: string }>(dead, values));
      // Also what changes nothing was asked for by somebody.
      if (found.length === 0) await interventions.record(entryOf({ action: 'redeliver', reason: undefined }, action));
      return redeliverMany(
        found.map(({ id }) => id),
        action,
      );
    },
    discard: (action, reason, legsStand) =>
      intervene(
        {
          action: 'discard',
          reason,
          onlyDead: false,
          mayStand: legsStand,
          next: (push) => discarded(push, reason),
          against: (push) => againstDiscarding(push) ?? (legsStand ? undefined : standing(push)),
        },
        action,
      ),
    async correct() {
      const found = await database.query<{ id: string }>(corrections, { limit: setup.settings.sweepRowsMax });
      for (const { id } of found) await correctOne(id);
    },
    goOn: interventions.goOn,
    held: interventions.held,
  };
}

const underWay = 'another action is kept, and on its way';

function discarded({ leg, tries }: FoundPush, reason: DiscardReason): NextState {
  return { state: 'discarded', leg, tries, reason, isFinal: true };
}

function againstRedelivery({ state, corrected_by: correctedBy, intended }: FoundPush): string | undefined {
  if (intended) return underWay;
  if (state !== 'dead') return 'only a dead letter can be delivered again';
  return correctedBy === null ? undefined : 'another push stands in for it';
}

function againstDiscarding({ final_ms: finalMs, worker, intended }: FoundPush): string | undefined {
  if (finalMs !== null) return 'nothing more will be done about it anyway';
  if (intended) return underWay;
  return worker === null ? undefined : 'it is in hand at this moment';
}
