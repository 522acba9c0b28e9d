/** Trusts no registry: an answer that its own schema forbids is neither cached nor disclosed. */

import { Problem } from '../../problems.ts';
import type { AnswerSchema, QueryService } from '../services.ts';
import type { RegistryAnswer } from '../types.ts';

export const validateAnswer = (service: QueryService, raw: unknown): RegistryAnswer => {
  const violations = service.answerViolations(raw);
  if (violations.length > 0) {
    const known = memberNames(service.answerSchema);
    const rules = violations.map(({ pointer, rule }) => `${withoutUnknown(pointer, known)} (${rule})`);
    const detail = `The answer of ${service.id} breaks its schema; nothing is disclosed.`;
    throw new Problem('registry-answer-invalid', detail, { cause: new AnswerViolations(rules.join(', ')) });
  }
  return raw as RegistryAnswer;
};

/** Its message names rules and members of the schema only, so that an operator may read it. */
class AnswerViolations extends Error {
  override readonly name = 'AnswerViolations';
}

/** A member that the schema doesn't know may be named after a person. */
function withoutUnknown(pointer: string, known: ReadonlySet<string>): string {
  const segments = pointer.split('/').slice(1);
  return segments.map((segment) => `/${known.has(segment) || /^\d{1,6}$/.test(segment) ? segment : '?'}`).join('');
}

function memberNames(schema: AnswerSchema, names: Set<string> = new Set()): Set<string> {
  if (schema.items !== undefined) memberNames(schema.items, names);
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    names.add(name);
    memberNames(inner, names);
  }
  return names;
}
