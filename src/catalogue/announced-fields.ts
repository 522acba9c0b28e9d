/** Reads out of a push's two schemas what its event may tell, and whom it is about. */

import type { DataClass, Field, MessageValue } from '../exchange/services.ts';
import { memberAt, segmentsOf, textAt } from './pointers.ts';
import type { JsonSchema, SchemaStore } from './schema-store.ts';

/** `message.` and what `x-event-fields` of the message names, `result.` and every property of the result. Throws Error. */
export function announcedFields(schemas: SchemaStore, message: string, result: string): ReadonlyMap<string, Field> {
  const ofMessage = Object.entries((schemas.get(message)?.['x-event-fields'] ?? {}) as Record<string, DataClass>);
  for (const [path] of ofMessage) {
    const inner = ofMessage.find(([other]) => other.startsWith(`${path}.`));
    // It would be granted with the field around it, whatever its own class.
    if (inner !== undefined) throw new Error(`${message}: x-event-fields ${inner[0]} lies within ${path}`);
    if (memberAt(schemas, message, path.split('.')).known) continue;
    throw new Error(`${message}: x-event-fields ${path} is not in the message`);
  }
  const properties = Object.entries((schemas.get(result)?.properties ?? {}) as Record<string, JsonSchema>);
  const ofResult = properties.flatMap(([name, property]): [string, DataClass][] => {
    const dataClass = property['x-data-class'] as DataClass | undefined;
    return dataClass === undefined ? [] : [[name, dataClass]];
  });
  const fieldsOf = (part: string, classes: readonly (readonly [string, DataClass])[]) =>
    classes.map(([path, dataClass]): [string, Field] => [`${part}.${path}`, { path: `${part}.${path}`, dataClass }]);
  return new Map([...fieldsOf('message', ofMessage), ...fieldsOf('result', ofResult)]);
}

/** What reads the PINs that `x-event-persons` points to. Throws Error. */
export function personsInResult(
  schemas: SchemaStore,
  result: string,
): readonly ((value: MessageValue) => string | undefined)[] {
  const pointers = (schemas.get(result)?.['x-event-persons'] ?? []) as readonly string[];
  return pointers.map((pointer) => {
    const segments = segmentsOf(pointer, `${result}: x-event-persons`);
    if (!memberAt(schemas, result, segments).known) {
      throw new Error(`${result}: x-event-persons ${pointer} is not in the result`);
    }
    return textAt(segments);
  });
}
