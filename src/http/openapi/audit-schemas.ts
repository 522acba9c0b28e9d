/** The forms of what auditors send and get, for the OpenAPI document. */

import { entryKinds } from '../../exchange/entries.ts';
import type { JsonObject } from './components.ts';

const text = (description: string): JsonObject => ({ type: 'string', description });
const integer = (description: string): JsonObject => ({ type: 'integer', minimum: 0, description });
const object = (properties: JsonObject, required: readonly string[] = []): JsonObject => ({
  type: 'object',
  required,
  properties,
});
const array = (items: JsonObject, description: string): JsonObject => ({ type: 'array', items, description });
const oneOf = (...kinds: JsonObject[]): JsonObject => ({ oneOf: kinds });

const moment = 'RFC 3339, or a day in UTC';
const pseudonym = { type: 'string', pattern: '^[A-Za-z0-9_-]{43}$', description: 'As entries of the log hold it.' };
const pin = { type: 'string', pattern: '^[0-9]{12}$', description: 'Personal number.' };
const strict = (properties: JsonObject): JsonObject => ({
  ...object(properties, Object.keys(properties)),
  additionalProperties: false,
});

export const filterDescriptions: Readonly<Record<string, string>> = {
  from: `${moment}: from this moment on, or from the beginning of this day.`,
  to: `${moment}: before this moment, or up to the end of this day.`,
  kind: `${entryKinds.map((kind) => `\`${kind}\``).join(', ')}: what the entry is.`,
  consumer: 'A subsystem, or a member with all its subsystems.',
  service: 'A service, or all of a subsystem or member.',
  purpose: 'Purpose of the exchange.',
  agreement: 'Number of the agreement.',
  outcome: '`ok`, `refused` (every problem, and every push that a registry refused), or the code of one problem.',
};

const filters = Object.fromEntries(Object.entries(filterDescriptions).map(([name, said]) => [name, text(said)]));

export const auditSchemas: JsonObject = {
  AuditSearch: {
    ...object({
      ...filters,
      official: oneOf(strict({ userId: text('X-Road-UserId as it was sent.') }), strict({ pseudonym })),
      issue: text('X-Road-Issue as it was sent, or as an entry holds it.'),
      subject: oneOf(strict({ pin }), strict({ pseudonym })),
      limit: { type: 'integer', minimum: 1, description: 'Rows of the page.' },
      after: text('`next` of the page before.'),
    }),
    additionalProperties: false,
  },
  AuditSubjectSearch: {
    ...object({ pin, from: filters.from, to: filters.to }, ['pin']),
    additionalProperties: false,
  },
  AuditRow: object(
    {
      time: { type: 'string', format: 'date-time' },
      id: { type: 'string', format: 'uuid' },
      log: text('Origin of the log that holds the entry.'),
      index: integer('Place in that log.'),
      kind: { type: 'string', enum: entryKinds },
      consumer: text('The calling subsystem.'),
      claimedConsumer: text('Named but not proved.'),
      service: text('The called service.'),
      version: text('Of the message.'),
      purpose: text('Purpose of the exchange.'),
      agreement: text('Number of the agreement.'),
      legalBasis: text('Of the agreement.'),
      official: text('Pseudonym of the official; in a look, of who looked.'),
      issue: text('Dossier code, or a pseudonym of another text.'),
      subject: text('Pseudonym of the person whom it is about.'),
      subjectNumber: integer('Counts the entries about this person in this log, from 1.'),
      fields: array({ type: 'string' }, 'Fields disclosed.'),
      status: integer('HTTP status of the reply.'),
      problem: text('Code of the problem.'),
      source: { type: 'string', enum: ['registry', 'cache', 'stale', 'gateway'] },
      durationMs: { type: 'number', description: 'Milliseconds.' },
      look: text('What was looked at.'),
      role: text('Of who looked.'),
      action: text('What an operator did; of a delivery, the state that the push came into; the name of an event.'),
    },
    ['time', 'id', 'log', 'index', 'kind', 'status', 'durationMs'],
  ),
  AuditPage: object(
    {
      rows: array({ $ref: '#/components/schemas/AuditRow' }, 'Newest first.'),
      next: text('Send it as `after` for the next page; absent on the last one.'),
    },
    ['rows'],
  ),
  AuditExchange: object({
    row: { $ref: '#/components/schemas/AuditRow' },
    entry: { type: 'object', description: 'The entry itself, where it is in the log of this gateway.' },
    index: integer('Its place there.'),
    receipt: text('Path of its receipt.'),
  }),
  AuditStatistics: object(
    {
      from: { type: 'string', format: 'date', description: 'First day, UTC.' },
      to: { type: 'string', format: 'date', description: 'Last day.' },
      rows: array(
        object(
          {
            day: { type: 'string', format: 'date', description: 'UTC.' },
            consumer: text('Absent where nobody proved to be the caller.'),
            service: text('Absent where none was found.'),
            outcome: text('`ok` or the code of the problem.'),
            entries: integer('Exchanges.'),
          },
          ['entries'],
        ),
        'One for each combination of what was asked for in `by`.',
      ),
    },
    ['from', 'to', 'rows'],
  ),
  AuditAccesses: object(
    {
      pseudonyms: array(pseudonym, 'The person’s names in the log, the newest first.'),
      accesses: array(
        object(
          {
            consumer: text('Who asked.'),
            service: text('Which service.'),
            purpose: text('For which purpose.'),
            entries: integer('How often.'),
            firstTime: { type: 'string', format: 'date-time' },
            lastTime: { type: 'string', format: 'date-time' },
          },
          ['entries', 'firstTime', 'lastTime'],
        ),
        'Most entries first.',
      ),
    },
    ['pseudonyms', 'accesses'],
  ),
};
