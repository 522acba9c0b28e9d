/** Describes how events are read, and how webhooks are looked after and verified. */

import type { JsonObject } from './components.ts';

const text = { type: 'string' };
const uuid = { type: 'string', format: 'uuid' };
const time = { type: 'string', format: 'date-time' };
const count = { type: 'integer', minimum: 0 };
const described = (schema: JsonObject, description: string): JsonObject => ({ ...schema, description });
const problem = (description: string): JsonObject => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});
const json = (description: string, schema: JsonObject, mediaType = 'application/json'): JsonObject => ({
  description,
  content: { [mediaType]: { schema } },
});
const query = (name: string, description: string, schema: JsonObject): JsonObject => ({
  name,
  in: 'query',
  required: false,
  description,
  schema,
});

const event = {
  type: 'object',
  required: ['cursor', 'id', 'event', 'exchangeId', 'service', 'version', 'time', 'agreement', 'data'],
  properties: {
    cursor: text,
    id: described(uuid, 'The same however often the event is told.'),
    event: text,
    exchangeId: described(uuid, 'Of the push.'),
    service: text,
    version: text,
    time: described(time, 'When the last registry was done.'),
    agreement: text,
    data: {
      type: 'object',
      description: 'Granted fields of the message and of the result.',
      properties: { message: { type: 'object' }, result: { type: 'object' } },
    },
  },
};
const page = {
  type: 'object',
  required: ['events', 'next'],
  properties: { events: { type: 'array', items: event }, next: described(text, 'For `after`, always there.') },
};
const webhook = {
  type: 'object',
  properties: {
    receiver: text,
    stream: { enum: ['events', 'final-states'] },
    host: text,
    state: { enum: ['going', 'failing', 'dead'] },
    cursor: text,
    behind: described(count, 'At most so many notices wait.'),
    tries: described(count, 'Failed attempts of the next notice.'),
    nextTry: time,
    failingSince: time,
    fault: text,
    restarting: described(
      { type: 'boolean' },
      'A restart is kept, and not recorded and done yet; absent where none is.',
    ),
  },
};
const refusals = {
  '400': problem('`parameter-invalid`, `json-malformed`: the detail says what to mend.'),
  '401': problem('`authentication-required`, `token-invalid`: no token that is accepted.'),
};
const operation = (operationId: string, summary: string, rest: JsonObject): JsonObject => ({
  operationId,
  summary,
  tags: ['events'],
  security: [{ bearer: [] }],
  ...rest,
});
const restarted = { '204': { description: 'Tried again at once; Exchange-Log-Index names the entry.' } };

export const eventPaths: JsonObject = {
  '/v1/events': {
    get: operation('events', 'Events that agreements grant to the subsystem in X-Road-Client, in one order', {
      parameters: [
        { $ref: '#/components/parameters/X-Road-Client' },
        query('after', '"next" of the page before; without it from the oldest that is kept.', text),
        query('limit', 'Events in the page.', { type: 'integer', minimum: 1 }),
        query('wait', 'Seconds to wait for the first event.', count),
        query('event', 'Only this one.', text),
      ],
      responses: {
        '200': json('A page; each event in it is recorded as a disclosure about each person in it.', page),
        ...refusals,
        '403': problem('`agreement-missing`, `agreement-not-in-force`, `safety-level-too-low`, `role-not-allowed`.'),
        '410': problem(
          '`events-expired`: what follows the cursor is forgotten, or it was never given; read on with `oldestCursor`.',
        ),
        '429': problem('`quota-exceeded`: the subscriber was told too many events; ask again after Retry-After.'),
        '503': problem('`events-busy`, `events-unavailable`, `log-unavailable`: try again after Retry-After.'),
      },
    }),
  },
  '/v1/admin/webhooks': {
    get: operation('listWebhooks', 'How webhooks stand, for operators', {
      responses: {
        '200': json('All of them.', { type: 'object', properties: { webhooks: { type: 'array', items: webhook } } }),
        ...refusals,
        '403': problem('`role-not-allowed`: not a token of role operator.'),
        '503': problem('`events-unavailable`.'),
      },
    }),
  },
  '/v1/admin/webhooks/restart': {
    post: operation('restartWebhook', 'Tries a receiver that is dead or failing again, at once; recorded', {
      requestBody: {
        required: true,
        content: {
          'application/json': { schema: { type: 'object', required: ['receiver'], properties: { receiver: text } } },
        },
      },
      responses: {
        ...restarted,
        ...refusals,
        '403': problem('`role-not-allowed`: not a token of role operator.'),
        '404': problem('`not-found`: no webhook is registered for it.'),
        '422': problem('`message-invalid`.'),
        '503': problem('`events-unavailable`; `log-unavailable`: it is kept, and done as soon as it is recorded.'),
      },
    }),
  },
  '/.well-known/http-message-signatures-directory': {
    get: operation('webhookKeys', 'The key that verifies what webhooks carry (RFC 9421)', {
      security: [],
      responses: {
        '200': json(
          'JSON Web Key Set, RFC 7517.',
          { type: 'object', properties: { keys: { type: 'array', items: { type: 'object' } } } },
          'application/http-message-signatures-directory+json',
        ),
        '4XX': problem('`request-malformed`.'),
      },
    }),
  },
};
