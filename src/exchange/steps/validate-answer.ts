/** Trusts no registry: an answer that its own schema forbids is neither cached nor disclosed. */

import { Problem } from '../../problems.ts';
import type { RegistryAnswer, Service } from '../types.ts';

export const validateAnswer = (service: Service, raw: unknown): RegistryAnswer => {
  const violations = service.answerViolations(raw);
  if (violations.length > 0) {
    const rules = violations.map(({ pointer, rule }) => `${pointer} (${rule})`).join(', ');
    throw new Problem(
      'registry-answer-invalid',
      `The answer of ${service.id} breaks its schema; nothing is disclosed.`,
      {
        cause: new Error(`answer violations: ${rules}`),
      },
    );
  }
  return raw as RegistryAnswer;
};
