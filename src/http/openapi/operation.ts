/** Describes one service as an OpenAPI operation: headers, message, answer, and every problem that it can reply with. */

import type { PushService, QueryService, Service } from '../../exchange/services.ts';
import { problemKinds } from '../../problem-kinds.ts';
import type { ProblemCode } from '../../problems.ts';
import { headersTooLong, turnedAway, turnedAwayNote } from './before-exchange.ts';
import { bulkLines, bulkResults } from './bulk-lines.ts';
import { componentReference, type JsonObject, type MessageSchemas } from './components.ts';

/** Never a reply to a service call. */
const elsewhere: ReadonlySet<ProblemCode> = new Set([
  'not-found',
  'client-disconnected',
  'role-not-allowed',
  'checkpoint-pending',
  'parameter-invalid',
  'index-unavailable',
  'result-too-large',
  'gateway-stopping',
  'refused-in-part',
]);

export function describeOperation(service: Service, schemas: MessageSchemas): JsonObject {
  const { title, description, requestSchema, answerSchema } = service.documentation;
  return {
    operationId: `${service.id.split('/').slice(-2).join('.')}.${service.version}`,
    summary: title.en,
    description: `${description.en}\n\n${title.vi}: ${description.vi}`,
    tags: [service.id.split('/').slice(0, -1).join('/')],
    security: [{ bearer: [] }],
    parameters: requestHeaders(service).map((name) => ({ $ref: `#/components/parameters/${name}` })),
    requestBody: {
      required: true,
      content: {
        'application/json': { schema: componentReference(requestSchema), ...examplesOf(schemas, requestSchema) },
        ...bulkLines(requestSchema),
      },
    },
    responses: {
      ...(service.kind === 'push'
        ? { ...acceptedResponse, '200': bulkResults('The result of each line, where many were sent.') }
        : answerResponse(answerSchema, schemas)),
      ...Object.fromEntries(
        [...problemStatuses(), '431'].map((status) => [status, { $ref: `#/components/responses/Problem${status}` }]),
      ),
    },
    ...(service.kind === 'push' ? pushDetails(service) : fieldDetails(service)),
  };
}

function answerResponse(answerSchema: string, schemas: MessageSchemas): JsonObject {
  return {
    '200': {
      description: 'The granted fields, or that nothing was found; recorded before it was sent.',
      headers: headerReferences(answerHeaders),
      content: {
        'application/json': { schema: componentReference(answerSchema), ...examplesOf(schemas, answerSchema) },
        ...bulkResults('').content,
      },
    },
  };
}

function fieldDetails({ fields }: QueryService): JsonObject {
  return { 'x-fields': Object.fromEntries([...fields.values()].map(({ path, dataClass }) => [path, dataClass])) };
}

/** The schema of the result is told here because the reply does not have it yet. */
function pushDetails({ event, legs, documentation }: PushService): JsonObject {
  return {
    'x-event': event,
    'x-legs': legs.map(({ delivery, registry }) => `${registry} ${delivery}`),
    'x-result': componentReference(documentation.answerSchema),
  };
}

function requestHeaders(service: Service): string[] {
  return [
    ...(service.kind === 'push' ? ['Idempotency-Key', 'Exchange-Corrects'] : []),
    'X-Road-Client',
    'X-Road-Id',
    service.officialRequired ? 'X-Road-UserId-required' : 'X-Road-UserId',
    'X-Road-Issue',
    'X-Road-Represented-Party',
    'X-Road-Security-Server',
    'Exchange-Purpose',
    'traceparent',
  ];
}

const xRoadHeaders = ['X-Road-Client', 'X-Road-Service', 'X-Road-Id', 'X-Road-Request-Id', 'X-Road-Request-Hash'];
const exchangeHeaders = ['Exchange-Id', 'Exchange-Log-Index', 'Exchange-Log', 'traceparent'];
const quotaHeaders = ['RateLimit', 'RateLimit-Policy'];
const answerHeaders = [...xRoadHeaders, ...exchangeHeaders, ...quotaHeaders, 'Cache-Status', 'Age'];
const acceptedResponse: JsonObject = {
  '202': {
    description:
      'Accepted: durable, recorded, and delivered once. The same message under the same id gets this reply again.',
    headers: headerReferences([...xRoadHeaders, ...exchangeHeaders, ...quotaHeaders, 'Location']),
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Accepted' } } },
  },
};

const problemHeaders = [...xRoadHeaders, ...exchangeHeaders, 'X-Road-Error'];

function headerReferences(names: readonly string[]): JsonObject {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

function examplesOf(schemas: MessageSchemas, key: string): JsonObject {
  const examples = schemas.get(key)?.examples;
  if (!Array.isArray(examples)) return {};
  return { examples: Object.fromEntries(examples.map((value, index) => [`example${index + 1}`, { value }])) };
}

function exchangeProblems(): ProblemCode[] {
  return (Object.keys(problemKinds) as ProblemCode[]).filter((code) => !elsewhere.has(code));
}

function problemStatuses(): string[] {
  return [...new Set(exchangeProblems().map((code) => String(problemKinds[code].status)))].sort();
}

/** One response for each status, listing the problems behind it. */
export function problemResponses(): JsonObject {
  const described = Object.fromEntries(
    problemStatuses().map((status) => {
      const codes = exchangeProblems().filter((code) => String(problemKinds[code].status) === status);
      const headers = [
        ...problemHeaders,
        ...(['429', '503'].includes(status) ? ['Retry-After'] : []),
        ...(status === '429' ? quotaHeaders : []),
        ...(status === '405' ? ['Allow'] : []),
      ];
      return [
        `Problem${status}`,
        {
          description: codes.map(describeProblem).join('\n\n'),
          headers: headerReferences(headers),
          content: {
            'application/problem+json': {
              schema: { $ref: '#/components/schemas/Problem' },
              examples: Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code) }])),
            },
            'application/xml': { schema: { $ref: '#/components/schemas/XRoadError' } },
            'text/xml': { schema: { $ref: '#/components/schemas/XRoadError' } },
          },
        },
      ];
    }),
  );
  return { ...described, Problem431: headersTooLong };
}

function describeProblem(code: ProblemCode): string {
  return `\`${code}\`: ${problemKinds[code].title}.${turnedAway.has(code) ? ` ${turnedAwayNote}` : ''}`;
}

function exampleOf(code: ProblemCode): JsonObject {
  const { title, status, mend } = problemKinds[code];
  const errors = [
    { pointer: '/pin', rule: 'format:pin', message: 'must be a personal identification number of 12 digits' },
  ];
  return {
    type: `/problems/${code}`,
    title,
    status,
    detail: `${title}.`,
    ...(turnedAway.has(code) ? {} : { instance: 'urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057' }),
    code,
    message: `${title}.`,
    mend,
    ...(code === 'message-invalid' ? { errors } : {}),
  };
}
