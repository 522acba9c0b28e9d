/** Reads what an operator wants erased: whose key, and why. */

import type { EraseReason } from '../exchange/entries.ts';
import type { MessageParser } from '../exchange/ports.ts';
import { Problem, type Violation } from '../problems.ts';

export interface ErasureReader {
  readonly parser: MessageParser;
}

export interface WantedErasure {
  readonly pin: string;
  readonly reason: EraseReason;
}

export const eraseReasons: readonly EraseReason[] = [
  'subject-request',
  'retention-ended',
  'unlawful-processing',
  'court-order',
];

const pinForm = /^\d{12}$/;

/** Throws Problem: json-malformed, message-invalid. */
export function readErasure(body: unknown, { parser }: ErasureReader): WantedErasure {
  const value = parser.parse(body instanceof Uint8Array ? body : new Uint8Array(0));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid([{ pointer: '', rule: 'type', message: 'must be an object with pin and reason' }]);
  }
  const { pin, reason, ...others } = value as Record<string, unknown>;
  const known = eraseReasons.find((one) => one === reason);
  const violations: Violation[] = Object.keys(others).length > 0 ? [additional] : [];
  const isPin = typeof pin === 'string' && pinForm.test(pin);
  if (!isPin) violations.push({ pointer: '/pin', rule: 'pattern', message: 'must be a personal number of 12 digits' });
  if (known === undefined) {
    violations.push({ pointer: '/reason', rule: 'enum', message: `must be one of ${eraseReasons.join(', ')}` });
  }
  if (!isPin || known === undefined || violations.length > 0) throw invalid(violations);
  return { pin, reason: known };
}

const additional: Violation = {
  pointer: '',
  rule: 'additionalProperties',
  message: 'must have no members but pin and reason',
};

const invalid = (errors: readonly Violation[]) =>
  new Problem('message-invalid', `${errors[0]?.pointer.slice(1) || 'The message'} ${errors[0]?.message}.`, { errors });
