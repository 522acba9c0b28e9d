/** Turns the manifest of a push into a service, and refuses one that could not be delivered or ordered. */

import { handlerKey } from '../adapter-kit/define-adapter.ts';
import type { LegManifest, Manifest, PushManifest } from '../adapter-kit/manifest.ts';
import type { MessageValue, PushLeg, PushService } from '../exchange/services.ts';
import { announcedFields, personsInResult } from './announced-fields.ts';
import { memberAt, segmentsOf, textAt } from './pointers.ts';
import type { SchemaStore } from './schema-store.ts';

export interface PushSurroundings {
  readonly schemas: SchemaStore;
  /** Every manifest of the configuration, that of the push included. */
  readonly manifests: readonly Manifest[];
}

/** States that every exchange can have: a leg that waits must not be taken for one of them. */
const reservedStates: ReadonlySet<string> = new Set([
  'accepted',
  'delivering',
  'delivered',
  'refused',
  'retrying',
  'dead',
]);

/** What a push has beyond other services. Throws Error that begins with the service's identifier. */
export function pushParts(
  manifest: Manifest,
  entry: PushManifest,
  { message: requestSchema, result: resultSchema }: { readonly message: string; readonly result: string },
  { schemas, manifests }: PushSurroundings,
): Pick<PushService, 'kind' | 'legs' | 'subjectOf' | 'concernsOf' | 'event' | 'announced' | 'personsIn' | 'retry'> {
  const id = `${manifest.owner}/${entry.subsystem}/${entry.code}`;
  const place = (pointer: string, what: string) => {
    const segments = segmentsOf(pointer, `${id}: ${what}`);
    const { known, always } = memberAt(schemas, requestSchema, segments);
    if (!known) throw new Error(`${id}: ${what} ${pointer} is not in ${requestSchema}`);
    return { read: textAt(segments), always };
  };
  const subjects = entry.subject.map((pointer) => place(pointer, 'subject'));
  // Without one the order of messages about a person could not be kept.
  if (!subjects.some(({ always }) => always)) {
    throw new Error(`${id}: none of the subjects ${entry.subject.join(', ')} is in every message of ${requestSchema}`);
  }
  const concerns = entry.concerns.map((pointer) => place(pointer, 'concerns'));
  const { backoffMinMs, backoffMaxMs } = entry.retry;
  if (backoffMinMs > backoffMaxMs) throw new Error(`${id}: backoffMinMs is above backoffMaxMs`);
  const resultPersons = personsInResult(schemas, resultSchema);
  const subjectOf = (message: MessageValue) =>
    subjects.map(({ read }) => read(message)).find((pin) => pin !== undefined);
  const concernsOf = (message: MessageValue) => present(concerns.map(({ read }) => read(message)));
  return {
    kind: 'push',
    legs: legsOf(id, manifest, entry, manifests),
    subjectOf,
    concernsOf,
    event: entry.event,
    announced: announcedFields(schemas, requestSchema, resultSchema),
    personsIn: (message, result) =>
      present([subjectOf(message), ...concernsOf(message), ...resultPersons.map((read) => read(result))]),
    retry: entry.retry,
  };
}

function present(pins: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(pins.filter((pin) => pin !== undefined))];
}

function legsOf(id: string, manifest: Manifest, entry: PushManifest, manifests: readonly Manifest[]): PushLeg[] {
  const legs: readonly LegManifest[] = entry.legs ?? [{ registry: manifest.name, delivery: handlerKey(entry) }];
  const seen = new Set<string>();
  return legs.map(({ registry, delivery, state }) => {
    const taker = manifests.find(({ name }) => name === registry);
    if (taker === undefined)
      throw new Error(`${id}: the leg ${delivery} goes to ${registry}, which is no registry here`);
    if (!taker.deliveries?.includes(delivery)) throw new Error(`${id}: the registry ${registry} takes no ${delivery}`);
    if (seen.has(delivery)) throw new Error(`${id}: two legs are called ${delivery}`);
    if (state !== undefined && reservedStates.has(state))
      throw new Error(`${id}: ${state} cannot be the name of a state`);
    seen.add(delivery);
    return { registry, delivery, state, registryConcurrencyMax: taker.concurrencyMax };
  });
}
