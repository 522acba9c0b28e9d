/** Describes what is answered before a request becomes an exchange: nothing names an exchange then, and little is known of the caller. */

import { problemKinds } from '../../problem-kinds.ts';
import type { ProblemCode } from '../../problems.ts';
import type { JsonObject } from './components.ts';

/** Turned away at the door, unread. */
export const turnedAway: ReadonlySet<ProblemCode> = new Set<ProblemCode>(['overloaded']);

export const turnedAwayNote =
  'It is turned away unread and counted in the exchange log with others of its consumer: no `instance`, and no headers but `Retry-After` and `X-Road-Error`.';

/** What the HTTP parser could not hold; the only status that no problem has of its own. */
export const headersTooLong: JsonObject = {
  description: `\`request-malformed\`: ${problemKinds['request-malformed'].title}. The request line and headers are longer than allowed. No exchange: no \`instance\`, and no headers but \`X-Road-Error\`; the connection is closed.`,
  headers: { 'X-Road-Error': { $ref: '#/components/headers/X-Road-Error' } },
  content: {
    'application/problem+json': {
      schema: { $ref: '#/components/schemas/Problem' },
      examples: {
        'request-malformed': {
          value: {
            type: '/problems/request-malformed',
            title: problemKinds['request-malformed'].title,
            status: 431,
            detail: 'The request line and headers are longer than allowed.',
            code: 'request-malformed',
            message: 'The request line and headers are longer than allowed.',
            mend: problemKinds['request-malformed'].mend,
          },
        },
      },
    },
  },
};
