/** JSON pointers of manifests (RFC 6901): read in messages, and held against the schema of the messages at start. */

import type { MessageValue } from '../exchange/services.ts';
import { type JsonSchema, resolveReference, type SchemaStore } from './schema-store.ts';

/** Deeper than any message is nested; reached only by a schema that refers to itself. */
const depthMax = 32;

/** The text at the pointer; undefined where there is none. */
export function textAt(segments: readonly string[]): (message: MessageValue) => string | undefined {
  return (message) => {
    let value: unknown = message;
    for (const segment of segments) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined;
      value = (value as MessageValue)[segment];
    }
    return typeof value === 'string' ? value : undefined;
  };
}

/** Throws Error where the pointer is none to a member. */
export function segmentsOf(pointer: string, what: string): readonly string[] {
  const [empty, ...segments] = pointer.split('/');
  if (empty !== '' || segments.length === 0 || segments.includes('')) {
    throw new Error(`${what} must be a JSON pointer to a member, not ${pointer}`);
  }
  return segments.map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Whether the schema knows a member at the pointer, and whether every valid message has it. */
export function memberAt(
  schemas: SchemaStore,
  key: string,
  segments: readonly string[],
): { readonly known: boolean; readonly always: boolean } {
  let at: Located | undefined = locate(schemas, key);
  let always = true;
  for (const segment of segments) {
    const holder: Located | undefined = at && follow(schemas, at, 0);
    const { properties = {}, required = [] } = (holder?.schema ?? {}) as ObjectSchema;
    const inner = Object.hasOwn(properties, segment) ? properties[segment] : undefined;
    if (holder === undefined || inner === undefined) return { known: false, always: false };
    always &&= required.includes(segment);
    at = { schema: inner, key: holder.key };
  }
  return { known: true, always };
}

interface Located {
  readonly schema: JsonSchema;
  readonly key: string;
}

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

function locate(schemas: SchemaStore, key: string): Located {
  const schema = schemas.get(key);
  if (schema === undefined) throw new Error(`${key} does not exist`);
  return { schema, key };
}

function follow(schemas: SchemaStore, located: Located, depth: number): Located {
  const { $ref: reference } = located.schema;
  if (typeof reference !== 'string') return located;
  if (depth > depthMax) throw new Error(`${located.key}: ${reference} refers to itself`);
  return follow(schemas, locate(schemas, resolveReference(located.key, reference)), depth + 1);
}
