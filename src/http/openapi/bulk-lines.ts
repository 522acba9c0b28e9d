/** Describes what a service takes and answers where many messages come in one request; the schemas are those of one line. */

import { componentReference, type JsonObject } from './components.ts';

const text = { type: 'string' } as const;
const count = { type: 'integer', minimum: 0 } as const;
const position = { type: 'integer', minimum: 1 } as const;
const mediaType = 'application/x-ndjson';

const problem = { $ref: '#/components/schemas/Problem' };

export const bulkSchemas: JsonObject = {
  BulkResult: {
    description: 'What became of one line.',
    type: 'object',
    required: ['line', 'id', 'status', 'exchangeId'],
    properties: {
      line: { ...position, description: 'Of the request; empty lines count.' },
      id: text,
      status: { ...count, description: 'The status that the message would have had alone.' },
      exchangeId: { type: 'string', format: 'uuid' },
      logIndex: { ...count, description: 'Absent where nothing could be recorded.' },
      source: { enum: ['registry', 'cache', 'stale'] },
      ageSeconds: count,
      retryAfterSeconds: count,
      body: { description: 'The answer, as it would have been alone.' },
      problem,
    },
  },
  BulkEnd: {
    description: 'The last line. Where it is missing the answer was cut off.',
    type: 'object',
    required: ['done', 'lines', 'byStatus'],
    properties: {
      done: { type: 'boolean', description: 'False: the lines from `next` on are to be sent again.' },
      lines: { ...count, description: 'Results before this line.' },
      byStatus: { type: 'object', additionalProperties: count },
      next: position,
      retryAfterSeconds: count,
      problem,
    },
  },
};

/** A line of the request, of which the message is the service's own. */
export const bulkLines = (requestSchema: string): JsonObject => ({
  [mediaType]: {
    schema: {
      description: 'One line of many: docs/bulk.md.',
      type: 'object',
      required: ['message'],
      properties: {
        id: { ...text, description: 'As X-Road-Id; for a push required unless the request has an Idempotency-Key.' },
        message: componentReference(requestSchema),
        issue: { ...text, description: 'As X-Road-Issue.' },
        official: { ...text, description: 'As X-Road-UserId.' },
        corrects: { ...text, format: 'uuid', description: 'As Exchange-Corrects.' },
      },
    },
  },
});

export const bulkResults = (description: string) => ({
  description,
  content: {
    [mediaType]: {
      schema: { anyOf: [{ $ref: '#/components/schemas/BulkResult' }, { $ref: '#/components/schemas/BulkEnd' }] },
    },
  },
});
