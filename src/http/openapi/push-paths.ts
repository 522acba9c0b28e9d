/** Describes where pushes are read and what operators can do about them. */

import type { JsonObject } from './components.ts';

const problem = (description: string): JsonObject => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});
const text = { type: 'string' } as const;
const uuid = { type: 'string', format: 'uuid' } as const;
const time = { type: 'string', format: 'date-time' } as const;
const count = { type: 'integer', minimum: 0 } as const;

const parameter = (name: string, description: string, schema: JsonObject = text): JsonObject => ({
  name,
  in: 'query',
  required: false,
  description,
  schema,
});
const idParameter: JsonObject = {
  name: 'id',
  in: 'path',
  required: true,
  description: 'Exchange-Id of the reply.',
  schema: uuid,
  example: '01890a5d-ac96-774b-bcce-b302099a8057',
};

const summary = {
  exchangeId: uuid,
  sender: text,
  service: text,
  version: text,
  registry: text,
  state: {
    type: 'string',
    description: 'accepted, delivering, delivered, refused, retrying, dead, discarded, or a leg’s own: awaiting-pin.',
  },
  final: { type: 'boolean', description: 'Nothing will follow.' },
  acceptedAt: time,
  since: time,
  nextTry: time,
  tries: { ...count, description: 'Failed attempts of the present leg.' },
  problem: {
    type: 'string',
    description:
      'Code of the last failure; `refused-in-part`: a registry refuses what legs before it have done, for the `reason`.',
  },
  reason: { type: 'string', description: 'Code of a refusal, or why it was discarded.' },
  legsDone: {
    type: 'array',
    items: text,
    description: 'Legs that have taken effect, and stay so whatever becomes of the push.',
  },
  legInDoubt: {
    type: 'string',
    description:
      'Leg that its registry may have: it is being given it, will answer later, or nobody knows what came of a try.',
  },
  heldBehind: { ...uuid, description: 'The earliest push about any of its people that has to be settled first.' },
  heldBehindDeadLetter: {
    type: 'boolean',
    description:
      'That one, or what holds it, is a dead letter, of whomever: nothing goes on until an operator decides about it. Absent otherwise.',
  },
  intended: {
    type: 'string',
    description: 'The state that an action brings it into which is kept, and done as soon as it is recorded.',
  },
  corrects: uuid,
  correctedBy: uuid,
};
const leg = {
  type: 'object',
  properties: { name: text, registry: text, state: { enum: ['to-come', 'current', 'done', 'refused'] } },
};
const transition = {
  type: 'object',
  properties: { id: uuid, time, state: text, leg: text, log: text, index: count, receipt: text },
};
const details = {
  type: 'object',
  properties: {
    ...summary,
    legs: { type: 'array', items: leg },
    transitions: { type: 'array', items: transition, description: 'The log’s entries about it.' },
    receipt: text,
  },
};
const ownDetails = {
  type: 'object',
  properties: {
    ...details.properties,
    result: { type: 'object', description: 'What the registries answered; x-result of the service describes it.' },
    refusal: {
      type: 'object',
      properties: { code: text, en: text, vi: text },
      description: 'The registry’s words, also where it refused in part.',
    },
  },
};
const page = {
  type: 'object',
  properties: {
    exchanges: { type: 'array', items: { type: 'object', properties: summary } },
    next: { type: 'string', description: 'Place after which the next page begins; absent on the last one.' },
  },
};
const json = (description: string, schema: JsonObject): JsonObject => ({
  description,
  content: { 'application/json': { schema } },
});
const body = (schema: JsonObject): JsonObject => ({
  required: true,
  content: { 'application/json': { schema } },
});

const filters = [
  parameter('state', 'State that the push is in.'),
  parameter('issue', 'X-Road-Issue, as it was sent.'),
  parameter('from', 'Accepted from this time, or the beginning of this day, UTC.'),
  parameter('to', 'Accepted before this time, or up to the end of this day, UTC.'),
  parameter('limit', 'Rows of the page.', { type: 'integer', minimum: 1 }),
  parameter('after', '"next" of the page before.'),
];
const parties = [
  parameter('registry', 'Registry in whose queue the push is.'),
  parameter('service', 'Service that was called.'),
  parameter('sender', 'Subsystem that sent it.'),
];
const common = {
  '400': problem('`parameter-invalid`: the detail says which.'),
  '401': problem('`authentication-required`, `token-invalid`: no token that is accepted.'),
  '403': problem('`role-not-allowed`: not a token for this.'),
  '503': problem(
    '`delivery-unavailable`: the state database does not answer. `log-unavailable`: it is not recorded yet. In both cases it may still be done.',
  ),
};
const notThere = { '404': problem('`not-found`: no such push of yours, or none at all.') };
const conflict = {
  '409': problem(
    '`state-conflict`: the push is not in a state for this; the detail says why, and which legs stand of one that is to be discarded.',
  ),
};
const operation = (operationId: string, what: string, rest: JsonObject): JsonObject => ({
  operationId,
  summary: what,
  tags: ['deliveries'],
  security: [{ bearer: [] }],
  ...rest,
});
const done = { '204': { description: 'Done, and recorded: Exchange-Log-Index names the entry.' } };

export const pushPaths: JsonObject = {
  '/v1/exchanges': {
    get: operation('listPushes', 'Pushes of the subsystem in X-Road-Client, the newest first', {
      parameters: [{ $ref: '#/components/parameters/X-Road-Client' }, ...filters],
      responses: { '200': json('A page.', page), ...common },
    }),
  },
  '/v1/exchanges/{id}': {
    get: operation('showPush', 'Where a push is: for its sender, and for auditors, whose look is an entry', {
      parameters: [idParameter],
      responses: {
        '200': json('State, legs, result, transitions.', ownDetails),
        ...common,
        ...notThere,
        '429': problem('`quota-exceeded`: too many looks by this auditor. Ask again after Retry-After.'),
      },
    }),
  },
  '/v1/admin/deliveries': {
    get: operation('listDeliveries', 'Pushes of all senders, for operators', {
      parameters: [...filters, ...parties],
      responses: { '200': json('A page.', page), ...common },
    }),
  },
  '/v1/admin/deliveries/{id}': {
    get: operation('showDelivery', 'Where a push is, without what it says, for operators', {
      parameters: [idParameter],
      responses: { '200': json('State, legs, transitions.', details), ...common, ...notThere },
    }),
  },
  '/v1/admin/dead-letters': {
    get: operation('listDeadLetters', 'Pushes tried too often or too long, or refused in part, for operators', {
      parameters: [...filters.filter(({ name }) => name !== 'state'), ...parties],
      responses: { '200': json('A page.', page), ...common },
    }),
  },
  '/v1/admin/dead-letters/{id}': {
    get: operation('showDeadLetter', 'One of them, for operators', {
      parameters: [idParameter],
      responses: { '200': json('State, legs, transitions.', details), ...common, ...notThere },
    }),
  },
  '/v1/admin/dead-letters/redeliver': {
    post: operation('redeliverDeadLetters', 'Tries all that match again, the oldest first, so many at most', {
      requestBody: body({
        type: 'object',
        properties: { registry: text, service: text, sender: text, from: text, to: text },
      }),
      responses: {
        '200': json('Their ids, none where nothing matches; recorded either way.', {
          type: 'object',
          properties: { redelivered: { type: 'array', items: uuid } },
        }),
        ...common,
      },
    }),
  },
  '/v1/admin/dead-letters/{id}/redeliver': {
    post: operation('redeliverDeadLetter', 'Tries it again, from the leg at which it stopped', {
      parameters: [idParameter],
      responses: { ...done, ...common, ...notThere, ...conflict },
    }),
  },
  '/v1/admin/dead-letters/{id}/discard': {
    post: operation('discardDeadLetter', 'Gives it up; what was held behind it goes on', {
      parameters: [idParameter],
      requestBody: body({
        type: 'object',
        required: ['reason'],
        properties: {
          reason: { enum: ['sent-in-error', 'settled-elsewhere', 'cannot-be-delivered'] },
          legsStand: {
            type: 'boolean',
            description: 'True: known to have taken effect in part, or perhaps; without it such a push is refused.',
          },
        },
      }),
      responses: { ...done, ...common, ...notThere, ...conflict },
    }),
  },
};
