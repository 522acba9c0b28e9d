/** Describes the served log and the receipts: their paths hold slashes where OpenAPI knows none, so no route's schema can. */

import type { JsonObject } from './components.ts';

const text = (description: string, mediaType: string): JsonObject => ({
  description,
  content: { [mediaType]: { schema: { type: 'string' } } },
});
const binary = (description: string): JsonObject => ({
  description,
  content: { 'application/octet-stream': { schema: { type: 'string', contentMediaType: 'application/octet-stream' } } },
});
const problem = (description: string): JsonObject => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});
const parameter = (name: string, place: 'path' | 'header', description: string, example: string): JsonObject => ({
  name,
  in: place,
  required: place === 'path',
  description,
  schema: { type: 'string' },
  example,
});

const tags = ['exchange log'];
const index = parameter(
  'index',
  'path',
  'Index in groups of three digits, all but the last behind an x, slashes as they are; .p/ and the width for a partial one.',
  'x001/x234/067.p/5',
);
const range = parameter('Range', 'header', 'One range of bytes.', 'bytes=0-1023');
const notThere = { '404': problem('`not-found`: the log has no such file.') };
const notAllowed = {
  '401': problem('`authentication-required`, `token-invalid`: no token that is accepted.'),
  '403': problem('`role-not-allowed`: not a token of role auditor with the scope that the detail names; recorded.'),
  '429': problem(
    '`quota-exceeded`: too many looks by this token; not recorded, but counted. Ask again after Retry-After.',
  ),
  '503': problem('`log-unavailable`: the look cannot be recorded.'),
};
const part = { '206': binary('The range that was asked for.') };

const receipt = {
  type: 'object',
  required: ['index', 'entry', 'inclusion', 'checkpoint'],
  properties: {
    index: { type: 'integer', minimum: 0, description: 'Place of the entry in the log.' },
    entry: { type: 'object', description: 'The entry; its RFC 8785 form is what is hashed.' },
    inclusion: {
      type: 'array',
      items: { type: 'string' },
      description: 'Hashes in base64, from the leaf’s sibling up (RFC 6962 section 2.1.1).',
    },
    checkpoint: { type: 'string', description: 'Signed note over size and root.' },
  },
};

const query = (name: string, description: string, minimum: number, maximum: number): JsonObject => ({
  name,
  in: 'query',
  required: false,
  description,
  schema: { type: 'integer', minimum, maximum },
});

const timestampPage = {
  type: 'object',
  required: ['timestamps'],
  properties: {
    timestamps: {
      type: 'array',
      items: {
        type: 'object',
        required: ['size', 'token', 'checkpoint'],
        properties: {
          size: { type: 'integer', minimum: 1, description: 'Entries of the checkpoint.' },
          token: { type: 'string', description: 'Path of the timestamp, relative to the log.' },
          checkpoint: { type: 'string', description: 'Path of the signed note that it is for, relative to the log.' },
        },
      },
    },
    nextPage: { type: 'string', description: 'Path of the next page, relative to the log; absent on the last one.' },
  },
};

const firstLogPaths = {
  '/log/checkpoint': {
    get: {
      operationId: 'logCheckpoint',
      summary: 'Newest signed checkpoint (C2SP tlog-checkpoint)',
      tags,
      responses: { '200': text('A signed note: origin, size, root.', 'text/plain') },
    },
  },
  '/log/tile/{level}/{index}': {
    get: {
      operationId: 'logTile',
      summary: 'Hashes of the tree (C2SP tlog-tiles)',
      tags,
      parameters: [parameter('level', 'path', 'Level, 0 to 63.', '0'), index, range],
      responses: { '200': binary('Up to 256 hashes of 32 bytes.'), ...part, ...notThere },
    },
  },
  '/log/tile/entries/{index}': {
    get: {
      operationId: 'logEntries',
      summary: 'Entries, for auditors of scope entries (C2SP tlog-tiles); each look is an entry',
      tags,
      security: [{ bearer: [] }],
      parameters: [index, range],
      responses: {
        '200': binary('Up to 256 entries, each behind its length in two bytes, big-endian.'),
        ...part,
        ...notAllowed,
        ...notThere,
      },
    },
  },
  '/log/timestamps': {
    get: {
      operationId: 'logTimestamps',
      summary: 'Timestamps of checkpoints (RFC 3161), page by page',
      tags,
      parameters: [
        query('after', 'Only checkpoints with more entries than that.', 0, Number.MAX_SAFE_INTEGER),
        query('limit', 'On one page.', 1, 1000),
      ],
      responses: {
        '200': {
          description: 'In the order of their sizes; none where no authority is configured.',
          content: { 'application/json': { schema: timestampPage } },
        },
        '400': problem('`request-malformed`: the query is none that there can be.'),
      },
    },
  },
  '/log/timestamps/{name}': {
    get: {
      operationId: 'logTimestamp',
      summary: 'A timestamp, or the checkpoint that it is for',
      tags,
      parameters: [parameter('name', 'path', 'As listed.', '0000000000000300.tsr'), range],
      responses: {
        '200': {
          description: 'A TimeStampResp (RFC 3161 section 2.4.2), or a signed note.',
          content: {
            'application/timestamp-reply': {
              schema: { type: 'string', contentMediaType: 'application/timestamp-reply' },
            },
            'text/plain': { schema: { type: 'string' } },
          },
        },
        ...part,
        ...notThere,
      },
    },
  },
};

const number = parameter('number', 'path', 'Of the process that writes it, from 1; see /logs.', '2');

/** The same files of any one of several logs. */
const furtherLogPaths: JsonObject = Object.fromEntries(
  Object.entries(firstLogPaths).map(([path, { get }]) => {
    const own = 'parameters' in get ? get.parameters : [];
    const further = { ...get, operationId: `${get.operationId}Of`, parameters: [number, ...own] };
    return [path.replace('/log/', '/log/{number}/'), { get: further }];
  }),
);

export const logPaths: JsonObject = {
  '/logs': {
    get: {
      operationId: 'logs',
      summary: 'Every log of the gateway: one for each of its processes',
      tags,
      responses: {
        '200': {
          description: 'The first one first.',
          content: {
            'application/json': {
              schema: {
                type: 'object',
                required: ['logs'],
                properties: {
                  logs: {
                    type: 'array',
                    items: {
                      type: 'object',
                      required: ['origin', 'path'],
                      properties: {
                        origin: { type: 'string', description: 'Name of the log and of its keys.' },
                        path: { type: 'string', description: 'Below which its files are.' },
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
  ...firstLogPaths,
  ...furtherLogPaths,
  '/v1/exchanges/{id}/receipt': {
    get: {
      operationId: 'exchangeReceipt',
      summary: 'Receipt of an exchange, for its consumer, and for auditors of scope exchanges, whose look is an entry',
      tags,
      security: [{ bearer: [] }],
      parameters: [parameter('id', 'path', 'Exchange-Id of the reply.', '01890a5d-ac96-774b-bcce-b302099a8057')],
      responses: {
        '200': {
          description:
            'Entry, place, inclusion proof and checkpoint; as C2SP tlog-proof where Accept asks for text/plain.',
          content: { 'application/json': { schema: receipt }, 'text/plain': { schema: { type: 'string' } } },
        },
        '401': notAllowed['401'],
        '403': notAllowed['403'],
        '404': problem(
          '`not-found`: no exchange of yours is recorded here under that id; names the logs that are held here, or the one of another gateway that holds it.',
        ),
        '429': notAllowed['429'],
        '503': problem(
          '`checkpoint-pending`: no checkpoint covers it yet. `log-unavailable`: a look cannot be recorded.',
        ),
      },
    },
  },
};
