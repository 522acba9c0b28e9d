/** What the social-affairs registry takes from accepted pushes: decisions of communes, and what the civil-status register has entered, each once. */

import {
  type Delivery,
  type DeliveryHandler,
  type DeliveryOutcome,
  dayInVietNam,
  matchName,
  type SqlSource,
  type SqlTransaction,
} from '../../src/adapter-kit/index.ts';
import { noteCorrection, noteDeath } from './civil-status.ts';
import { refusals } from './refusals.ts';

/** Enters what was decided, or refuses before it has entered anything. `day` is that of the acceptance, in Viet Nam. */
type Entry = (registry: SqlTransaction, message: never, day: string) => Promise<DeliveryOutcome>;

const entries: Readonly<Record<string, Entry>> = {
  'report-benefit-decision.v1': benefitDecision,
  'report-funeral-allowance.v1': funeralAllowance,
  'note-death.v1': noteDeath,
  'note-correction.v1': noteCorrection,
};

export function socialAffairsDeliveries(source: SqlSource): Readonly<Record<string, DeliveryHandler>> {
  const once =
    (entry: Entry): DeliveryHandler =>
    (delivery: Delivery, { signal }) => {
      const day = dayInVietNam(delivery.acceptedAtMs);
      return source.takeOnce(delivery, (registry) => entry(registry, delivery.message as never, day), signal);
    };
  return Object.fromEntries(Object.entries(entries).map(([key, entry]) => [key, once(entry)]));
}

interface Decision {
  readonly number: string;
  readonly date: string;
}

interface Grant {
  readonly pin: string;
  readonly action: 'grant';
  readonly decision: Decision;
  readonly communeCode: string;
  readonly category: string;
  readonly coefficient: number;
  readonly monthlyVnd: number;
  readonly from: string;
  readonly to?: string;
}

interface Stop {
  readonly pin: string;
  readonly action: 'stop';
  readonly stops: string;
  readonly lastDay: string;
  readonly stopReason: string;
}

async function benefitDecision(registry: SqlTransaction, message: Grant | Stop, day: string): Promise<DeliveryOutcome> {
  const [person] = await registry.query('lock-person', { pin: message.pin });
  if (person === undefined) return refusals.unknownPerson;
  if (message.action === 'stop') return stop(registry, message);
  if (person.deceased_on !== null) return refusals.deceased;
  return grant(registry, message, day);
}

async function grant(registry: SqlTransaction, message: Grant, day: string): Promise<DeliveryOutcome> {
  const { pin, decision, category, from, to } = message;
  const known = await registry.query('benefit-by-decision', { decision_number: decision.number });
  if (known.length > 0) return refusals.decisionKnown;
  const current = await registry.query('current-benefits', { pin, day });
  if (current.some((benefit) => benefit.category === category)) return refusals.alreadyReceiving;
  await registry.query('grant-benefit', {
    decision_number: decision.number,
    decision_date: decision.date,
    pin,
    category,
    coefficient: message.coefficient,
    monthly_vnd: message.monthlyVnd,
    from_date: from,
    to_date: to ?? null,
    commune_code: message.communeCode,
  });
  return { outcome: 'done', result: { decisionNumber: decision.number, from, ...(to !== undefined && { to }) } };
}

async function stop(registry: SqlTransaction, { pin, stops, lastDay, stopReason }: Stop): Promise<DeliveryOutcome> {
  const [benefit] = await registry.query('benefit-by-decision', { decision_number: stops });
  if (benefit?.pin !== pin) return refusals.unknownBenefit;
  if (typeof benefit.to_date === 'string' && benefit.to_date < lastDay) return refusals.alreadyEnded;
  if (String(benefit.from_date) > lastDay) return refusals.endsBeforeItBegins;
  await registry.query('stop-benefit', { decision_number: stops, to_date: lastDay, stop_reason: stopReason });
  return { outcome: 'done', result: { decisionNumber: stops, from: benefit.from_date, to: lastDay } };
}

interface NamedPerson {
  readonly pin: string;
  readonly fullName: string;
}

interface FuneralAllowance {
  readonly deceased: NamedPerson;
  readonly recipient: NamedPerson;
  readonly decision: Decision;
  readonly communeCode: string;
  readonly amountVnd: number;
}

async function funeralAllowance(registry: SqlTransaction, message: FuneralAllowance): Promise<DeliveryOutcome> {
  const { deceased, recipient, decision, communeCode, amountVnd } = message;
  const { pin } = deceased;
  const [person] = await registry.query('lock-person', { pin });
  if (person === undefined) return refusals.unknownPerson;
  if ((await isOtherName(registry, deceased)) || (await isOtherName(registry, recipient))) return refusals.nameDiffers;
  if (person.deceased_on === null) return refusals.notDead;
  const granted = await registry.query('funeral-allowance', { pin, decision_number: decision.number });
  if (granted.length > 0)
    return granted.some((row) => row.pin === pin) ? refusals.alreadyGranted : refusals.decisionKnown;
  await registry.query('grant-funeral-allowance', {
    pin,
    decision_number: decision.number,
    decision_date: decision.date,
    recipient_pin: recipient.pin,
    amount_vnd: amountVnd,
    commune_code: communeCode,
  });
  return { outcome: 'done', result: { decisionNumber: decision.number, amountVnd } };
}

/** Whom this registry does not know it cannot name: a recipient need not be in it. */
async function isOtherName(registry: SqlTransaction, { pin, fullName }: NamedPerson): Promise<boolean> {
  const [held] = await registry.query('held-name', { pin });
  return held !== undefined && matchName(fullName, String(held.full_name)) === 'none';
}
