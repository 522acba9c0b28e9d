/** Has the registry enter something into its books, once: the key tells it that it is asked the same again. */

import {
  type Delivery,
  type DeliveryCall,
  type DeliveryOutcome,
  type DeliveryResult,
  type HttpSource,
  SourceError,
} from '../../src/adapter-kit/index.ts';
import { refusalReason } from './refusals.ts';
import { isObject, unreadable, type Wire } from './wire.ts';

/** Member `ma` of every answer; whatever else the registry answers is a matter for the operator, and tried again. */
const done = 0;
const refused = 400;

/** Throws SourceError. */
export async function act(
  source: HttpSource,
  path: string,
  { exchangeId, leg, round }: Delivery,
  { signal }: DeliveryCall,
  body: Wire,
  result: (wire: Wire) => DeliveryResult,
): Promise<DeliveryOutcome> {
  const headers = { 'idempotency-key': `"${exchangeId}/${leg}${round === 0 ? '' : `/${round}`}"` };
  const answer = await source.request({ method: 'POST', path, body, headers, signal });
  if (answer.status !== 200) throw new SourceError('failed', `the registry answered ${answer.status}`);
  const { ma, du_lieu: wire } = isObject(answer.body) ? answer.body : {};
  if (ma !== done && ma !== refused) {
    throw new SourceError(
      'failed',
      `the registry answered with its code ${typeof ma === 'number' ? ma : 'of another type'}`,
    );
  }
  if (!isObject(wire)) throw unreadable('du_lieu');
  if (ma === refused) return { outcome: 'refused', reason: refusalReason(wire) };
  return { outcome: 'done', result: result(wire), concerns: relatedPins(wire) };
}

/** Further people whom the act changes, `lien_quan`; absent where there are none. */
function relatedPins({ lien_quan: pins }: Wire): readonly string[] {
  if (pins === undefined) return [];
  if (!Array.isArray(pins) || !pins.every((pin) => typeof pin === 'string')) throw unreadable('lien_quan');
  return pins;
}
