/** Makes a dead letter the short way: its registry is away, and it is older than a push may be. */

import { type PushGateway, type PushPlace, until } from './push-place.ts';
import { runSql } from './state-fixture.ts';

/** Id of the push, which is dead; its registry is there again. */
export async function makeDeadLetter(
  place: PushPlace,
  gateway: PushGateway,
  pin: string,
  line: string,
): Promise<string> {
  await place.registry.down();
  const { body } = await gateway.push(pin, line);
  const id = body.exchangeId as string;
  const inState = (wanted: string) =>
    until(
      async () => (await gateway.ask(`/v1/exchanges/${id}`)).body,
      ({ state }) => state === wanted,
    );
  await inState('retrying');
  await ageOut(place.stateUrl, id);
  await inState('dead');
  await place.registry.up();
  return id;
}

/** It is a dead letter after its next try. */
export async function ageOut(stateUrl: string, id: string): Promise<void> {
  await runSql(stateUrl, `${aged} WHERE id = '${id}'`);
}

/** As if all that is known of it had been 169 hours earlier. */
const aged = `UPDATE deliveries SET accepted_ms = accepted_ms - 169 * 3600000, transitions = (
    SELECT jsonb_agg(jsonb_set(o.entry, '{timeMs}', to_jsonb((o.entry ->> 'timeMs')::bigint - 169 * 3600000)) ORDER BY o.n)
    FROM jsonb_array_elements(transitions) WITH ORDINALITY AS o (entry, n))`;
