/** What the population registry takes from accepted pushes, each once. */

import type {
  Delivery,
  DeliveryHandler,
  DeliveryOutcome,
  SqlSource,
  SqlTransaction,
} from '../../../src/adapter-kit/index.ts';
import { assignPin } from './births.ts';
import { closePerson, recordMarriage, takeOverCorrection } from './civil-status.ts';
import { changeResidence } from './residence.ts';

/** Changes the register, or refuses before it has changed anything. */
type Change = (register: SqlTransaction, delivery: Delivery) => Promise<DeliveryOutcome>;

const changes: Readonly<Record<string, Change>> = {
  'report-residence-change.v1': changeResidence,
  'assign-pin.v1': assignPin,
  'close-person.v1': closePerson,
  'record-marriage.v1': recordMarriage,
  'take-over-correction.v1': takeOverCorrection,
};

export function populationDeliveries(source: SqlSource): Readonly<Record<string, DeliveryHandler>> {
  const once =
    (change: Change): DeliveryHandler =>
    (delivery, { signal }) =>
      source.takeOnce(delivery, (register) => change(register, delivery), signal);
  return Object.fromEntries(Object.entries(changes).map(([key, change]) => [key, once(change)]));
}
