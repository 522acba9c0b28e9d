/** Describes what people may ask about themselves: the proven list, and the same in the Data Tracker's form. */

import { entryKinds } from '../../exchange/entries.ts';
import type { JsonObject } from './components.ts';

const text = { type: 'string' };
const moment = { type: 'string', format: 'date-time' };
const count = { type: 'integer', minimum: 0 };
const localText = { type: 'object', properties: { en: text, vi: text } };
const described = (schema: JsonObject, description: string): JsonObject => ({ ...schema, description });
const problem = (description: string): JsonObject => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});
const json = (description: string, schema: JsonObject, headers: JsonObject = {}): JsonObject => ({
  description,
  headers,
  content: { 'application/json': { schema } },
});
const query = (name: string, description: string, schema: JsonObject = text): JsonObject => ({
  name,
  in: 'query',
  required: false,
  description,
  schema,
});

const lookHeaders = {
  'Exchange-Id': { $ref: '#/components/headers/Exchange-Id' },
  'Exchange-Log-Index': { $ref: '#/components/headers/Exchange-Log-Index' },
  'Exchange-Log': { $ref: '#/components/headers/Exchange-Log' },
};
const refusals = {
  '400': problem('`parameter-invalid`: "errors" lists what to mend.'),
  '401': problem('`authentication-required`, `token-invalid`: no token that is accepted; not recorded.'),
  '403': problem('`role-not-allowed`: not a token of role citizen, or the code of another person.'),
};
const pending =
  '`log-unavailable`: the look cannot be recorded. `checkpoint-pending`: a log that the detail names cannot be read now, or no checkpoint covers the look yet; `index-unavailable`: the index is behind. Try again after Retry-After.';

const access = {
  type: 'object',
  required: ['log', 'index', 'time', 'kind', 'outcome', 'names'],
  properties: {
    log: described(text, 'Origin of the log in which the entry stands.'),
    index: described(count, 'Its place there.'),
    number: described({ type: 'integer', minimum: 1 }, 'Of the entry among those of that log about the person.'),
    time: moment,
    kind: { type: 'string', enum: entryKinds },
    consumer: described(text, 'Subsystem that asked.'),
    service: text,
    version: text,
    purpose: text,
    agreement: text,
    legalBasis: text,
    issue: text,
    fields: { type: 'array', items: text, description: 'Disclosed fields.' },
    outcome: described(
      text,
      '`ok`, the code of the problem with which it was refused, or `refused` where a registry refused a push.',
    ),
    look: described(text, 'What was looked at, where somebody read the log.'),
    role: described(text, 'Who read the log: auditor, operator, or the citizen.'),
    action: described(text, 'State that a push came into, name of an event, or what an operator did.'),
    names: {
      type: 'object',
      description: 'Names as of today, by the gateway’s configuration; no part of the entry.',
      properties: { consumer: localText, consumerSystem: localText, owner: localText, service: localText },
    },
    entry: { type: 'object', description: 'The entry; its RFC 8785 form is what is hashed.' },
    inclusion: { type: 'array', items: text, description: 'Hashes in base64 up to the root of the checkpoint.' },
    provenBy: described(text, 'Instead of entry and inclusion, where the log is another gateway’s: ask that one.'),
  },
};

const accesses = {
  type: 'object',
  required: ['log', 'subjects', 'checkpoint', 'look', 'accesses'],
  properties: {
    log: described(text, 'Origin of this gateway’s log.'),
    subjects: { type: 'array', items: text, description: 'Names of the person in the log, the present one first.' },
    checkpoint: described(text, 'Signed note that covers every entry of that log in the answer.'),
    others: {
      type: 'array',
      items: {
        type: 'object',
        required: ['log', 'checkpoint', 'look'],
        properties: { log: text, checkpoint: text, look: access },
      },
      description:
        'Further logs of a gateway with several processes: each with its signed note, and the question as it is recorded there.',
    },
    look: { ...access, description: 'This very question: as many entries came before as its number says, less one.' },
    accesses: { type: 'array', items: access, description: 'Newest first.' },
    next: described(text, 'For `after`; absent on the last page.'),
  },
};

const usage = {
  type: 'object',
  required: ['logtime', 'action', 'receiverCode', 'receiverSystem'],
  properties: { logtime: moment, action: text, receiverCode: text, receiverName: text, receiverSystem: text },
};
const usages = {
  type: 'object',
  required: ['totalUsages', 'usages'],
  properties: { totalUsages: count, usages: { type: 'array', items: usage } },
};
const period = { type: 'object', required: ['periodStart'], properties: { periodStart: moment, periodEnd: moment } };
const heartbeat = {
  type: 'object',
  required: ['status'],
  properties: { status: { type: 'string', enum: ['OK', 'FAIL'] }, message: text },
};
const userId: JsonObject = {
  name: 'X-Road-UserId',
  in: 'header',
  required: false,
  description: 'If sent, the person’s own number, with or without the country before it.',
  schema: text,
};

const operation = (operationId: string, summary: string, rest: JsonObject): JsonObject => ({
  get: { operationId, summary, tags: ['citizens'], security: [{ bearer: [] }], ...rest },
});

export const citizenPaths: JsonObject = {
  '/v1/me/accesses': operation('accesses', 'Who asked about me, with proofs; the question is itself an entry', {
    parameters: [
      query('from', 'Beginning, RFC 3339 or a day; inclusive.'),
      query('to', 'End, RFC 3339 or a day; exclusive.'),
      query('limit', 'Rows in the page.', { type: 'integer', minimum: 1 }),
      query('after', '"next" of the page before.'),
    ],
    responses: {
      '200': json('A page, to be kept and checked with `log verify-accesses`.', accesses, lookHeaders),
      ...refusals,
      '503': problem(pending),
    },
  }),
  '/v2/findUsage': operation('findUsage', 'Who asked about me, in the Data Tracker’s form', {
    parameters: [
      userId,
      query('userCode', 'May be left out: the token says who asks. If sent, the person’s own number.'),
      query('periodStart', 'Beginning; inclusive.', moment),
      query('periodEnd', 'End; exclusive.', moment),
      query('offset', 'Rows to leave out.', count),
      query('limit', 'Rows in the page.', { type: 'integer', minimum: 1 }),
    ],
    responses: {
      '200': json('Newest first; without the person’s own questions.', usages, lookHeaders),
      ...refusals,
      '422': problem('`result-too-large`: ask for a shorter period.'),
      '503': problem(pending),
    },
  }),
  '/v2/usagePeriod': operation('usagePeriod', 'Since when the log goes back', {
    parameters: [userId],
    responses: { '200': json('Its beginning.', period, lookHeaders), ...refusals, '503': problem(pending) },
  }),
  '/v2/heartbeat': operation('heartbeat', 'Whether the log and its index answer', {
    security: [],
    responses: { '200': json('How they are.', heartbeat) },
  }),
};
