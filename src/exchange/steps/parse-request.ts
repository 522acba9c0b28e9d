/** Reads the bytes of a request, and whom it is about, before anything else is asked of it: refused attempts are about somebody, too. */

import type { MessageParser } from '../ports.ts';
import type { MessageValue, Service } from '../services.ts';
import type { Incoming, ParsedRequest } from '../types.ts';

export interface ParseRequestDependencies {
  readonly parser: MessageParser;
}

/** Nothing else may become a subject: what is no personal number is nobody's. */
const pinForm = /^\d{12}$/;

export const parseRequest =
  ({ parser }: ParseRequestDependencies) =>
  (service: Service, incoming: Incoming): ParsedRequest => {
    const value = parser.parse(incoming.content);
    const named = isMessage(value) ? service.subjectOf(value) : undefined;
    return { value, subject: named !== undefined && pinForm.test(named) ? named : undefined };
  };

function isMessage(value: unknown): value is MessageValue {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
