/** The parts of the OpenAPI document that come from the protocol: header fields and error forms. */

import type { JsonObject } from './components.ts';

const text = { type: 'string' } as const;
const uuid = { type: 'string', format: 'uuid' } as const;
const integer = { type: 'integer', minimum: 0 } as const;

const header = (description: string, schema: JsonObject): JsonObject => ({ description, schema });

export const headerComponents: JsonObject = {
  'X-Road-Client': header('The calling subsystem, as sent.', text),
  'X-Road-Service': header('Full identifier of the called service.', text),
  'X-Road-Id': header('Message id: the one sent, or one that the gateway made.', text),
  'X-Road-Request-Id': header('Made by the gateway for each call.', uuid),
  'X-Road-Request-Hash': header('Base64 of SHA-512 over header block and body, PR-REST section 4.3.', text),
  'X-Road-Error': header('X-Road fault code; only on errors that the gateway itself made.', text),
  'Exchange-Id': header('Id of the exchange in the exchange log, UUIDv7.', uuid),
  'Exchange-Log-Index': header('Index of the entry in the exchange log, from 0.', integer),
  'Exchange-Log': header('Origin of the log that holds the entry: its gateway has the receipt.', text),
  Location: header('Where the state of the push can be read.', text),
  'Cache-Status': header('What the cache did, RFC 9211.', text),
  Age: header('Age of a cached answer, seconds.', integer),
  RateLimit: header('Requests left (r) and seconds until the quota is full again (t).', text),
  'RateLimit-Policy': header('Quota (q) and window in seconds (w).', text),
  'Retry-After': header('Seconds after which the request may succeed.', integer),
  Allow: header('Methods that the service takes.', text),
  traceparent: header('W3C Trace Context.', text),
};

const parameter = (
  name: string,
  required: boolean,
  description: string,
  schema: JsonObject,
  example: string,
): JsonObject => ({
  name,
  in: 'header',
  required,
  description,
  schema,
  example,
});

const officialDescription = 'The official who asks; the exchange log keeps a pseudonym.';

const purposeDescription = 'Purpose of the exchange; needed when the agreement grants several.';
const purpose = { type: 'string', pattern: '^[a-z0-9-]{1,64}$' };

export const parameterComponents: JsonObject = {
  'X-Road-Client': parameter('X-Road-Client', true, 'The calling subsystem.', text, 'VN/GOV/G07/social-protection'),
  'X-Road-Id': parameter('X-Road-Id', false, 'Message id of the caller.', text, 'H26.101-2026-000123'),
  'X-Road-UserId': parameter('X-Road-UserId', false, officialDescription, text, 'official-0042'),
  'X-Road-UserId-required': parameter('X-Road-UserId', true, officialDescription, text, 'official-0042'),
  'X-Road-Issue': parameter('X-Road-Issue', false, 'Dossier code.', text, 'H21.123-240315-0007'),
  'X-Road-Represented-Party': parameter(
    'X-Road-Represented-Party',
    false,
    'Member on whose behalf the caller acts.',
    text,
    'GOV/H26',
  ),
  'X-Road-Security-Server': parameter(
    'X-Road-Security-Server',
    false,
    'Checked for its form; routing is the gateway’s own.',
    text,
    'VN/GOV/G22/gateway',
  ),
  'Idempotency-Key': parameter(
    'Idempotency-Key',
    false,
    'What the sender calls this message, where X-Road-Id is made anew for each attempt; `"k"` and `k` are one name.',
    text,
    'H26.101-2026-000123',
  ),
  'Exchange-Corrects': parameter(
    'Exchange-Corrects',
    false,
    'Id of an earlier push of the same sender, of which surely nothing has taken effect, that this one stands in for, in its place in the order; it is discarded.',
    uuid,
    '01890a5d-ac96-774b-bcce-b302099a8057',
  ),
  'Exchange-Purpose': parameter('Exchange-Purpose', false, purposeDescription, purpose, 'benefit-decision'),
  traceparent: parameter(
    'traceparent',
    false,
    'W3C Trace Context.',
    text,
    '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  ),
};

export function protocolSchemas(codes: readonly string[]): JsonObject {
  return {
    Problem: {
      type: 'object',
      description: 'RFC 9457 problem details, with X-Road’s message beside them.',
      required: ['type', 'title', 'status', 'detail', 'code', 'message', 'mend'],
      properties: {
        type: { type: 'string', format: 'uri-reference', description: 'Page about this kind of problem.' },
        title: text,
        status: { type: 'integer' },
        detail: text,
        instance: { type: 'string', format: 'uri', description: 'The exchange; absent where there is none.' },
        code: { type: 'string', enum: codes },
        message: text,
        mend: { type: 'string', description: 'What to do about it.' },
        errors: { type: 'array', items: { $ref: '#/components/schemas/Violation' } },
        redelivered: {
          type: 'array',
          items: { type: 'string', format: 'uuid' },
          description: 'Of dead letters that were to be tried again together: those that are, before the trouble came.',
        },
        oldestCursor: { type: 'string', description: 'Of `events-expired`: where reading can go on.' },
      },
    },
    Violation: {
      type: 'object',
      required: ['pointer', 'rule', 'message'],
      properties: { pointer: { type: 'string', description: 'JSON pointer, RFC 6901.' }, rule: text, message: text },
    },
    Accepted: {
      type: 'object',
      required: ['exchangeId', 'state', 'status', 'receipt'],
      properties: {
        exchangeId: uuid,
        state: { const: 'accepted' },
        status: { type: 'string', format: 'uri-reference', description: 'Where the state of the push can be read.' },
        receipt: { type: 'string', format: 'uri-reference', description: 'Proof that the acceptance is recorded.' },
      },
    },
    XRoadError: {
      type: 'object',
      description: 'X-Road’s error form.',
      xml: { name: 'error' },
      properties: { type: text, message: text, detail: text },
    },
  };
}
