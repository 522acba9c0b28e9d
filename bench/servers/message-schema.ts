/** What the servers that are no gateway hold a message to: one line of JSON Schema where the gateway has the whole contract. */

/** For Fastify's own Ajv. */
export const messageSchema = {
  body: {
    type: 'object',
    properties: {
      pin: { type: 'string', pattern: '^[0-9]{12}$' },
      fields: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 64 },
    },
    required: ['pin'],
    additionalProperties: false,
  },
} as const;
