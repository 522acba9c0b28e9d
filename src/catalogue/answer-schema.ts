/** Reads an answer's schema once for what the gateway enforces from it: which fields there are, of which class, and their shape. */

import type { AnswerSchema, DataClass, Field } from '../exchange/types.ts';
import { type JsonSchema, resolveReference, type SchemaStore } from './schema-store.ts';

export interface ReadAnswer {
  readonly answerSchema: AnswerSchema;
  readonly fields: ReadonlyMap<string, Field>;
}

/** A schema together with the key of its file, from which its references are relative. */
interface Located {
  readonly schema: JsonSchema;
  readonly key: string;
}

/** Deeper nesting than any message has; reached only by a schema that refers to itself. */
const depthMax = 32;

/** Throws Error naming the path where a member of the record is neither a classified field nor a container of such. */
export function readAnswerSchema(schemas: SchemaStore, key: string, record: string): ReadAnswer {
  const answer = locate(schemas, key);
  const recordSchema = propertiesOf(answer)[record];
  if (recordSchema === undefined) throw new Error(`${key} has no property ${record}`);
  const fields = new Map<string, Field>();
  collectFields(schemas, follow(schemas, recordSchema, 0), '', fields, 0);
  if (fields.size === 0) throw new Error(`${key}: ${record} has no field with x-data-class`);
  return { answerSchema: shapeOf(schemas, answer, 0), fields };
}

function locate(schemas: SchemaStore, key: string): Located {
  const schema = schemas.get(key);
  if (schema === undefined) throw new Error(`${key} does not exist`);
  return { schema, key };
}

function propertiesOf({ schema, key }: Located): Record<string, Located> {
  const properties = (schema.properties ?? {}) as Record<string, JsonSchema>;
  return Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, { schema: inner, key }]));
}

/** The schema that a chain of references ends at. */
function follow(schemas: SchemaStore, located: Located, depth: number): Located {
  const reference = located.schema.$ref;
  if (typeof reference !== 'string') return located;
  if (depth > depthMax) throw new Error(`${located.key}: ${reference} refers to itself`);
  return follow(schemas, locate(schemas, resolveReference(located.key, reference)), depth + 1);
}

function collectFields(
  schemas: SchemaStore,
  container: Located,
  path: string,
  into: Map<string, Field>,
  depth: number,
): void {
  if (depth > depthMax) throw new Error(`${container.key}: ${path} is nested too deep`);
  if (container.schema.type === 'array') {
    const items = { schema: container.schema.items as JsonSchema, key: container.key };
    collectFields(schemas, follow(schemas, items, 0), path, into, depth + 1);
    return;
  }
  if (container.schema.type !== 'object') {
    throw new Error(`${container.key}: ${path} has no x-data-class and holds no fields`);
  }
  for (const [name, property] of Object.entries(propertiesOf(container))) {
    const innerPath = path === '' ? name : `${path}.${name}`;
    const dataClass = property.schema['x-data-class'] as DataClass | undefined;
    if (dataClass !== undefined) into.set(innerPath, { path: innerPath, dataClass });
    else collectFields(schemas, follow(schemas, property, 0), innerPath, into, depth + 1);
  }
}

function shapeOf(schemas: SchemaStore, located: Located, depth: number): AnswerSchema {
  if (depth > depthMax) throw new Error(`${located.key} is nested too deep`);
  const target = follow(schemas, located, 0);
  const type = target.schema.type;
  if (typeof type !== 'string') throw new Error(`${target.key}: every schema of an answer needs one type`);
  if (type === 'array') {
    const items = { schema: target.schema.items as JsonSchema, key: target.key };
    return { type, items: shapeOf(schemas, items, depth + 1) };
  }
  if (type !== 'object') return { type };
  const properties = Object.entries(propertiesOf(target)).map(([name, inner]): [string, AnswerSchema] => [
    name,
    shapeOf(schemas, inner, depth + 1),
  ]);
  return { type, properties: Object.fromEntries(properties) };
}
