/** Names a question, so that the same one finds its answer again. */

import { hash } from 'node:crypto';
import type { MessageValue, QueryService } from '../exchange/services.ts';

/** A digest, so that a dump of the keys names nobody; members sorted, so that their order in the message does not matter. */
export function questionKey(service: QueryService, question: MessageValue): string {
  return hash('sha256', `${service.key}\0${printSorted(question)}`, 'base64url');
}

/** JSON with its members sorted. By hand, since JSON.stringify with a replacer takes five times as long. */
function printSorted(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(printSorted).join(',')}]`;
  const names = Object.keys(value).sort();
  const members = names.map((name) => `${JSON.stringify(name)}:${printSorted((value as MessageValue)[name])}`);
  return `{${members.join(',')}}`;
}
