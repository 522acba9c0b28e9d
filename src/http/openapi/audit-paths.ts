/** Describes what auditors may ask of the log's index: searches, single exchanges, counts, and who asked about a person. */

import { filterDescriptions } from './audit-schemas.ts';
import type { JsonObject } from './components.ts';

const schema = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });
const problem = (description: string): JsonObject => ({
  description,
  content: { 'application/problem+json': { schema: schema('Problem') } },
});
const query = (name: string, description: string, required = false): JsonObject => ({
  name,
  in: 'query',
  required,
  description,
  schema: { type: 'string' },
});
const times = ['from', 'to'].map((name) => query(name, filterDescriptions[name] ?? ''));
const issueHeader: JsonObject = {
  name: 'X-Road-Issue',
  in: 'header',
  required: false,
  description: 'The case that the look belongs to; the log keeps a pseudonym.',
  schema: { type: 'string' },
};
const headers = {
  'Exchange-Id': { $ref: '#/components/headers/Exchange-Id' },
  'Exchange-Log-Index': { $ref: '#/components/headers/Exchange-Log-Index' },
  'Exchange-Log': { $ref: '#/components/headers/Exchange-Log' },
};

const refusals = {
  '400': problem('`parameter-invalid`: "errors" lists what to mend. `request-malformed`, `json-malformed`.'),
  '401': problem('`authentication-required`, `token-invalid`: no token that is accepted; not recorded.'),
  '403': problem('`role-not-allowed`: the detail names the scope that the token lacks; recorded.'),
  '429': problem(
    '`quota-exceeded`: too many looks by this token; not recorded, but counted. Ask again after Retry-After.',
  ),
  '503': problem('`log-unavailable`: the look cannot be recorded. `index-unavailable`: the index cannot answer.'),
};
const notThere = { '404': problem('`not-found`: no such exchange that this token may look at.') };
const tooLarge = { '422': problem('`result-too-large`: ask for a shorter time.') };
const wrongMessage = {
  '413': problem('`content-too-large`: the message is larger than the gateway takes.'),
  '415': problem('`content-type-unsupported`: the message must be application/json.'),
  '422': problem('`message-invalid`: "errors" lists what to mend.'),
};

const json = (name: string, description: string): JsonObject => ({
  '200': { description, headers, content: { 'application/json': { schema: schema(name) } } },
});
const tabular = (name: string, row: JsonObject, description: string): JsonObject => ({
  '200': {
    description: `${description} A connection that breaks before the body ends means that rows are missing.`,
    headers,
    content: {
      'application/json': { schema: schema(name) },
      'text/csv': { schema: { type: 'string', description: 'RFC 4180, with a header.' } },
      'application/x-ndjson': { schema: row },
    },
  },
});
const body = (name: string, example: JsonObject): JsonObject => ({
  required: true,
  content: { 'application/json': { schema: schema(name), example } },
});

const operation = (operationId: string, summary: string, rest: JsonObject): JsonObject => ({
  operationId,
  summary,
  tags: ['audit'],
  security: [{ bearer: [] }],
  ...rest,
});
const pages = [query('limit', 'Rows of the page (JSON).'), query('after', '`next` of the page before (JSON).')];
const personal = [
  query('official', 'Pseudonym of the official.'),
  query('issue', 'Dossier code, or the pseudonym of another text.'),
  query('subject', 'Pseudonym of the person; personal numbers go into a message.'),
];
const found = tabular('AuditPage', schema('AuditRow'), 'A page in JSON; everything that matches in CSV and NDJSON.');

export const auditPaths: JsonObject = {
  '/v1/audit/exchanges': {
    get: operation('auditExchanges', 'Search the log (scope exchanges)', {
      parameters: [
        ...Object.entries(filterDescriptions).map(([name, said]) => query(name, said)),
        ...[...personal, ...pages, issueHeader],
      ],
      responses: { ...found, ...refusals, ...tooLarge },
    }),
  },
  '/v1/audit/exchanges/search': {
    post: operation('auditSearch', 'Search the log, also by number or free text (scopes exchanges, then subjects)', {
      parameters: [issueHeader],
      requestBody: body('AuditSearch', { subject: { pin: '099190000001' }, from: '2026-03-01', outcome: 'ok' }),
      responses: { ...found, ...refusals, ...wrongMessage },
    }),
  },
  '/v1/audit/exchanges/{id}': {
    get: operation('auditExchange', 'One exchange (scope exchanges)', {
      parameters: [
        {
          name: 'id',
          in: 'path',
          required: true,
          description: 'Exchange-Id.',
          schema: { type: 'string', format: 'uuid' },
        },
        issueHeader,
      ],
      responses: {
        ...json('AuditExchange', 'Its row, its entry, and where its receipt is.'),
        ...refusals,
        ...notThere,
      },
    }),
  },
  '/v1/audit/statistics': {
    get: operation('auditStatistics', 'Count exchanges (scope statistics)', {
      parameters: [
        query('from', 'First day (2026-03-01), UTC.'),
        query('to', 'Last day; today if absent.'),
        ...['consumer', 'service', 'outcome'].map((name) => query(name, filterDescriptions[name] ?? '')),
        query('by', 'Some of day, consumer, service, outcome, separated by commas; all if absent.'),
        issueHeader,
      ],
      responses: {
        ...tabular('AuditStatistics', { type: 'object' }, 'Counts.'),
        ...refusals,
        ...tooLarge,
      },
    }),
  },
  '/v1/audit/subjects': {
    get: operation('auditSubject', 'Who asked about a person, by pseudonym (scope subjects)', {
      parameters: [query('subject', 'Pseudonym of the person.', true), ...times, issueHeader],
      responses: { ...json('AuditAccesses', 'Who asked, how often, when first and last.'), ...refusals },
    }),
    post: operation('auditSubjectByNumber', 'Who asked about a person, by personal number (scope subjects)', {
      parameters: [issueHeader],
      requestBody: body('AuditSubjectSearch', { pin: '099190000001', from: '2026-01-01' }),
      responses: {
        ...json('AuditAccesses', 'Who asked, how often, when first and last.'),
        ...refusals,
        ...wrongMessage,
      },
    }),
  },
};
