/** Compiles, for one service and set of fields, a printer that cannot write any other field: what is not granted is not in its code. */

import fastJsonStringify, { type Schema } from 'fast-json-stringify';
import type { AnswerSchema, QueryService } from '../exchange/services.ts';
import type { Disclosure, RegistryAnswer } from '../exchange/types.ts';

export type Disclose = (answer: RegistryAnswer) => Disclosure;

/** Throws where a field is not one of the service's. */
export function compileFieldFilter(service: QueryService, fields: readonly string[]): Disclose {
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

/**
 * Narrows a compiled filter to some of its fields, by copying those: a caller who chooses other fields each time must not
 * make the gateway compile each time. Nothing but what the filter grants can come out whatever is copied.
 */
export function narrowFieldFilter(disclose: Disclose, service: QueryService, fields: readonly string[]): Disclose {
  const chosen = chosenOf(fields);
  return ({ found, [service.record]: record }) =>
    disclose(record === undefined ? { found } : { found, [service.record]: pick(record, chosen) });
}

export function chosenOf(fields: readonly string[]): Chosen {
  const chosen: Chosen = new Map();
  for (const path of fields) choose(chosen, path.split('.'));
  return chosen;
}

/** Member names with what is chosen inside them; an empty map is all. */
type Chosen = Map<string, Chosen>;

function choose(chosen: Chosen, [segment, ...rest]: readonly string[]): void {
  if (segment === undefined) return;
  const inside: Chosen = chosen.get(segment) ?? new Map();
  chosen.set(segment, inside);
  choose(inside, rest);
}

/** A copy of what is chosen, and of nothing else. */
export function pick(value: unknown, chosen: Chosen): unknown {
  if (Array.isArray(value)) return value.map((item) => pick(item, chosen));
  if (typeof value !== 'object' || value === null) return value;
  const kept: [string, unknown][] = [];
  for (const [name, inside] of chosen) {
    const inner = (value as Record<string, unknown>)[name];
    if (inner !== undefined) kept.push([name, inside.size === 0 ? inner : pick(inner, inside)]);
  }
  return Object.fromEntries(kept);
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

/** Whether there is something at the path, below that depth of it. */
export function holds(value: unknown, segments: readonly string[], depth: number): boolean {
  if (value === undefined || value === null) return false;
  const segment = segments[depth];
  // Before the look into arrays: that a list is empty is an answer too.
  if (segment === undefined) return true;
  if (Array.isArray(value)) return value.some((item) => holds(item, segments, depth));
  return holds((value as Record<string, unknown>)[segment], segments, depth + 1);
}
