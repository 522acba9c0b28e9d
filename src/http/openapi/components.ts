/** Makes OpenAPI components out of the message schemas, so that the document and the validation have one source. */

export type JsonObject = Readonly<Record<string, unknown>>;

/** By key, such as `schemas/common/pin.json`. */
export type MessageSchemas = ReadonlyMap<string, JsonObject>;

/** `schemas/common/pin.json` → `common.pin`, a name that OpenAPI allows (section 4.8.7). */
function componentName(key: string): string {
  return key
    .replace(/^schemas\//, '')
    .replace(/\.json$/, '')
    .replaceAll('/', '.');
}

export const componentReference = (key: string) => ({ $ref: `#/components/schemas/${componentName(key)}` });

/** The schemas of these keys and all that they refer to, by component name. */
export function collectComponents(schemas: MessageSchemas, keys: Iterable<string>): Record<string, JsonObject> {
  const components: Record<string, JsonObject> = {};
  const waiting = [...keys];
  for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
    const name = componentName(key);
    if (name in components) continue;
    const schema = schemas.get(key);
    if (schema === undefined) throw new Error(`there is no schema ${key}`);
    const { $schema: _dialect, ...rest } = schema;
    components[name] = rewriteReferences(rest, key, (found) => waiting.push(found)) as JsonObject;
  }
  return Object.fromEntries(Object.entries(components).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function rewriteReferences(value: unknown, key: string, onReference: (key: string) => void): unknown {
  if (Array.isArray(value)) return value.map((item) => rewriteReferences(item, key, onReference));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, inner]): [string, unknown] => {
    if (name !== '$ref' || typeof inner !== 'string') return [name, rewriteReferences(inner, key, onReference)];
    const target = resolve(key, inner);
    onReference(target);
    return [name, componentReference(target).$ref];
  });
  return Object.fromEntries(members);
}

/** Relative reference against the key of its file (RFC 3986 section 5.2). */
function resolve(fromKey: string, reference: string): string {
  return new URL(reference, `file:///${fromKey}`).pathname.slice(1);
}
