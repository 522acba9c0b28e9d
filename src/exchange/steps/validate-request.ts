/** Turns a request into a message that the service's schema allows, or says everything that is wrong with it. */

import { Problem } from '../../problems.ts';
import type { MessageValue, QueryService, Service } from '../services.ts';
import type { Incoming, Message, ParsedRequest } from '../types.ts';

export function validateRequest(service: Service, incoming: Incoming, parsed: ParsedRequest): Message {
  const violations = service.requestViolations(parsed.value);
  if (violations.length > 0) {
    throw new Problem('message-invalid', `The message breaks ${violations.length} rule(s) of ${service.key}.`, {
      errors: violations,
    });
  }
  if (service.officialRequired && incoming.official === undefined) {
    throw new Problem('official-required', `${service.id} must know the official: X-Road-UserId is missing.`);
  }
  const value = parsed.value as MessageValue;
  const { question, requestedFields } = splitFieldChoice(service, value);
  if (service.kind === 'query') demandKnownFields(service, requestedFields);
  return {
    value,
    subject: service.subjectOf(value),
    requestedFields,
    question,
    purpose: incoming.purpose,
    exchangeId: incoming.id,
    signal: incoming.signal,
  };
}

function splitFieldChoice(service: Service, value: MessageValue): Pick<Message, 'question' | 'requestedFields'> {
  const selector = service.kind === 'query' ? service.fieldsSelector : undefined;
  if (selector === undefined || value[selector] === undefined) return { question: value, requestedFields: undefined };
  const { [selector]: requestedFields, ...question } = value;
  return { question, requestedFields: requestedFields as readonly string[] };
}

/** Asking for a field that does not exist is a mistake in the message; asking for one not granted is a matter of the agreement. */
function demandKnownFields(service: QueryService, requestedFields: readonly string[] | undefined): void {
  if (requestedFields === undefined) return;
  const known = [...service.fields.keys()];
  const errors = requestedFields.flatMap((path, index) =>
    known.some((field) => field === path || field.startsWith(`${path}.`))
      ? []
      : [{ pointer: `/${service.fieldsSelector}/${index}`, rule: 'field', message: `is none of ${known.join(', ')}` }],
  );
  if (errors.length > 0) throw new Problem('message-invalid', `${service.key} has no such field.`, { errors });
}
