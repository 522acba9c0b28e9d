/** Reads an answer's schema once for what the gateway enforces from it: which fields there are, of which class, and their shape. */

import type { AnswerSchema, DataClass, Field } from '../exchange/services.ts';
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

/**
 * A name that can be a segment of a field's path and that no object has from its prototype: with a full stop in it two
 * fields could share one path, and `constructor` would be there in every answer.
 */
const memberName = /^[A-Za-z][A-Za-z0-9]*$/;

/** Throws Error naming the path where a member of the record is neither a classified field nor a container of such. */
export function readAnswerSchema(schemas: SchemaStore, key: string, record: string): ReadAnswer {
  const answer = locate(schemas, key);
  const recordSchema = propertiesOf(answer)[record];
  if (recordSchema === undefined) throw new Error(`${key} has no property ${record}`);
  const fields = new Map<string, Field>();
  collectFields(schemas, follow(schemas, recordSchema, 0), '', fields, 0);
  if (fields.size === 0) throw new Error(`${key}: ${record} has no field with x-data-class`);
  return { answerSchema: shapeOf(schemas, answer, false, 0), fields };
}

function locate(schemas: SchemaStore, key: string): Located {
  const schema = schemas.get(key);
  if (schema === undefined) throw new Error(`${key} does not exist`);
  return { schema, key };
}

/** Throws where there are none: what a schema doesn't name could not be printed and would vanish from the answer. */
function propertiesOf({ schema, key }: Located): Record<string, Located> {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>);
  if (properties.length === 0) throw new Error(`${key}: every object of an answer needs properties`);
  const wrong = properties.find(([name]) => !memberName.test(name) || name in Object.prototype);
  if (wrong !== undefined) throw new Error(`${key}: ${wrong[0]} cannot be the name of a member`);
  return Object.fromEntries(properties.map(([name, inner]) => [name, { schema: inner, key }]));
}

function itemsOf({ schema, key }: Located): Located {
  if (typeof schema.items !== 'object') throw new Error(`${key}: every array of an answer needs items`);
  return { schema: schema.items as JsonSchema, key };
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
    collectFields(schemas, follow(schemas, itemsOf(container), 0), path, into, depth + 1);
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

function shapeOf(schemas: SchemaStore, located: Located, withinField: boolean, depth: number): AnswerSchema {
  if (depth > depthMax) throw new Error(`${located.key} is nested too deep`);
  const target = follow(schemas, located, 0);
  const isField = [located, target].some(({ schema }) => schema['x-data-class'] !== undefined);
  // It would be granted with the field around it, whatever its own class.
  if (isField && withinField) throw new Error(`${located.key}: a field with x-data-class lies within another one`);
  const inner = (part: Located) => shapeOf(schemas, part, withinField || isField, depth + 1);
  const type = target.schema.type;
  if (typeof type !== 'string') throw new Error(`${target.key}: every schema of an answer needs one type`);
  if (type === 'array') return { type, items: inner(itemsOf(target)) };
  if (type !== 'object') return { type };
  const properties = Object.entries(propertiesOf(target)).map(([name, part]) => [name, inner(part)] as const);
  return { type, properties: Object.fromEntries(properties) };
}
