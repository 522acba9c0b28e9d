/** Describes the routes of sealed evidence; their bodies are read by the gateway's own strict parser. */

import { eraseReasons } from '../read-erasure.ts';
import type { JsonObject } from './components.ts';

const problem = (description: string): JsonObject => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});
const base64 = (description: string): JsonObject => ({ type: 'string', contentEncoding: 'base64', description });

const tags = ['sealed evidence'];
const security = [{ bearer: [] }];
const unauthorised = problem('`authentication-required`, `token-invalid`: no token that is accepted.');
const unrecorded = problem('`log-unavailable`: it could not be recorded, so it was not done.');

const evidence: JsonObject = {
  type: 'object',
  required: ['exchange', 'key', 'header', 'request'],
  properties: {
    exchange: { type: 'string', format: 'uuid' },
    key: { type: 'object', description: 'The data key for the auditors, JWE (RFC 7516 section 7.2.1).' },
    header: base64('Header of the sealed record; the digests of the entry cover it and one body each.'),
    request: base64('Nonce, AES-256-GCM ciphertext and tag.'),
    answer: base64('The same of the answer; absent where the exchange was refused.'),
  },
};

const erasure: JsonObject = {
  type: 'object',
  required: ['pin', 'reason'],
  additionalProperties: false,
  properties: {
    pin: { type: 'string', pattern: '^\\d{12}$', description: 'Personal number.' },
    reason: { type: 'string', enum: [...eraseReasons] },
  },
};

export const evidencePaths: JsonObject = {
  '/v1/audit/exchanges/{id}/evidence': {
    get: {
      operationId: 'exchangeEvidence',
      summary: 'Sealed bodies of an exchange, for auditors with the scope evidence; the look is recorded',
      tags,
      security,
      parameters: [
        {
          name: 'id',
          in: 'path',
          required: true,
          description: 'Exchange-Id of the reply.',
          schema: { type: 'string' },
          example: '01890a5d-ac96-774b-bcce-b302099a8057',
        },
      ],
      responses: {
        '200': {
          description: 'What `lienthong evidence open` takes.',
          content: { 'application/json': { schema: evidence } },
        },
        '401': unauthorised,
        '403': problem('`role-not-allowed`: not a token of role auditor with the scope evidence; recorded.'),
        '404': problem('`not-found`: no such exchange, not yours to see, or its bodies are not sealed.'),
        '429': problem('`quota-exceeded`: too many looks by this token; not recorded. Ask again after Retry-After.'),
        '410': problem('`evidence-erased`: the person’s key is erased, or the file is kept no longer.'),
        '503': unrecorded,
      },
    },
  },
  '/v1/admin/subjects/erase-key': {
    post: {
      operationId: 'eraseSubjectKey',
      summary: 'Makes all evidence sealed about a person so far unreadable, for operators',
      tags,
      security,
      requestBody: { required: true, content: { 'application/json': { schema: erasure } } },
      responses: {
        '204': { description: 'Erased, and recorded; also where there was nothing to erase.' },
        '400': problem('`json-malformed`: not one JSON value.'),
        '401': unauthorised,
        '403': problem('`role-not-allowed`: not a token of role operator.'),
        '422': problem('`message-invalid`: pin or reason is not what is wanted.'),
        '503': problem(
          '`log-unavailable`: it could not be recorded, and was not done. `checkpoint-pending`: a worker that may have the key is being started again; ask once more after Retry-After.',
        ),
      },
    },
  },
};
