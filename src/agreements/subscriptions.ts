/** Decides by agreement which events a consumer is told of, and copies out of them what is granted and nothing else. */

import type { EventData, Subscription, Subscriptions } from '../exchange/events.ts';
import type { PushService, Service } from '../exchange/services.ts';
import type { XRoadId } from '../exchange/types.ts';
import { Problem } from '../problems.ts';
import { type Agreement, type EventAgreement, grantedFields, periodOf } from './agreement.ts';
import type { AgreementSettings } from './agreements.ts';
import { chosenOf, holds, pick } from './field-filter.ts';

export interface SubscriptionSurroundings {
  /** Every version of a service. */
  readonly versionsOf: (service: XRoadId) => readonly Service[];
  /** Undefined for a subsystem that is not registered. */
  readonly safetyLevelOf: (consumer: XRoadId) => number | undefined;
  readonly settings: Pick<AgreementSettings, 'safetyLevelMin'>;
}

interface Prepared extends Subscription {
  /** Of its most delicate field. */
  readonly safetyLevelMin: number;
}

export function createSubscriptions(
  agreements: readonly Agreement[],
  { versionsOf, safetyLevelOf, settings }: SubscriptionSurroundings,
): Subscriptions {
  const about = agreements.filter((agreement): agreement is EventAgreement => agreement.event !== undefined);
  const prepared = Map.groupBy(
    about.map((agreement) => prepare(agreement, pushesOf(versionsOf, agreement), settings)),
    ({ consumer }) => consumer,
  );
  return {
    services: new Set(about.map(({ service }) => service)),
    of(consumer, nowMs) {
      const all = prepared.get(consumer) ?? [];
      if (all.length === 0) throw new Problem('agreement-missing', `${consumer} has no agreement about events.`);
      const inForce = all.filter(({ fromMs, untilMs }) => fromMs <= nowMs && nowMs < untilMs);
      if (inForce.length === 0) {
        throw new Problem('agreement-not-in-force', `No agreement of ${consumer} about events is in force today.`);
      }
      const level = safetyLevelOf(consumer) ?? 0;
      const allowed = inForce.filter(({ safetyLevelMin }) => level >= safetyLevelMin);
      if (allowed.length > 0) return allowed;
      throw new Problem('safety-level-too-low', `${consumer} has safety level ${level}, below what the fields need.`);
    },
  };
}

/** The safety level that the agreement's fields need of their receiver. */
export function safetyLevelFor(
  agreement: EventAgreement,
  pushes: readonly PushService[],
  { safetyLevelMin }: Pick<AgreementSettings, 'safetyLevelMin'>,
): number {
  const granted = pushes.flatMap(({ announced }) =>
    grantedFields(agreement, announced).map((path) => announced.get(path)?.dataClass),
  );
  return granted.includes('sensitive')
    ? Math.max(safetyLevelMin.sensitive, safetyLevelMin.basic)
    : safetyLevelMin.basic;
}

export function pushesOf(
  versionsOf: SubscriptionSurroundings['versionsOf'],
  { service, event }: EventAgreement,
): readonly PushService[] {
  return versionsOf(service).filter((one): one is PushService => one.kind === 'push' && one.event === event);
}

function prepare(
  agreement: EventAgreement,
  pushes: readonly PushService[],
  settings: Pick<AgreementSettings, 'safetyLevelMin'>,
): Prepared {
  const { id, legalBasis, purposes, consumer, service, event } = agreement;
  const disclosers = new Map(
    pushes.map(({ version, announced }) => [version, compile(grantedFields(agreement, announced))]),
  );
  return {
    agreementId: id,
    legalBasis,
    purpose: purposes[0] as string,
    consumer,
    service,
    event,
    ...periodOf(agreement),
    safetyLevelMin: safetyLevelFor(agreement, pushes, settings),
    disclose: (version, data) => disclosers.get(version)?.(data),
  };
}

function compile(fields: readonly string[]) {
  const chosen = chosenOf(fields);
  return (data: EventData) => ({
    data: pick(data, chosen) as EventData,
    fields: fields.filter((path) => holds(data, path.split('.'), 0)),
  });
}
