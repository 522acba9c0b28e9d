/** Compiles, for one service and set of fields, a printer that cannot write any other field: what is not granted is not in its code. */

import fastJsonStringify, { type Schema } from 'fast-json-stringify';
import type { AnswerSchema, Disclosure, RegistryAnswer, Service } from '../exchange/types.ts';

/** Throws where a field is not one of the service's. */
export function compileFieldFilter(
  service: Service,
  fields: readonly string[],
): (answer: RegistryAnswer) => Disclosure {
  for (const path of fields) {
    if (!service.fields.has(path)) throw new Error(`${service.key} has no field ${path}`);
  }
  const record = service.answerSchema.properties?.[service.record];
  if (record === undefined) throw new Error(`${service.key}: the answer's schema has no ${service.record}`);
  const granted: AnswerSchema = {
    type: 'object',
    properties: { found: { type: 'boolean' }, [service.record]: prune(record, new Set(fields), '') },
  };
  const print = fastJsonStringify(granted as Schema);
  const present = fields.map((path) => ({ path, segments: path.split('.') }));
  return (answer) => ({
    content: print(answer),
    fields: present.filter(({ segments }) => holds(answer[service.record], segments, 0)).map(({ path }) => path),
  });
}

/** The schema without the fields that are not granted; a container stays only for what is granted inside it. */
function prune(schema: AnswerSchema, granted: ReadonlySet<string>, path: string): AnswerSchema {
  if (granted.has(path)) return schema;
  if (schema.items !== undefined) return { type: 'array', items: prune(schema.items, granted, path) };
  const properties: Record<string, AnswerSchema> = {};
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    const innerPath = path === '' ? name : `${path}.${name}`;
    const wanted = [...granted].some((field) => field === innerPath || field.startsWith(`${innerPath}.`));
    if (wanted) properties[name] = prune(inner, granted, innerPath);
  }
  return { type: 'object', properties };
}

function holds(value: unknown, segments: readonly string[], depth: number): boolean {
  if (value === undefined || value === null) return false;
  const segment = segments[depth];
  // Before the look into arrays: that a list is empty is an answer too.
  if (segment === undefined) return true;
  if (Array.isArray(value)) return value.some((item) => holds(item, segments, depth));
  return holds((value as Record<string, unknown>)[segment], segments, depth + 1);
}
