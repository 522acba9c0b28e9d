-- Brings messages into another state; gives those that this gateway still had in hand, by that taking. Said again, it
-- changes nothing.
WITH given AS (
  SELECT * FROM json_to_recordset(:rows::json) AS given (
    id uuid, taking bigint, state text, since_ms bigint, leg integer, tries integer, next_try_ms bigint, problem text, reason text,
    final_ms bigint, results text, transition jsonb, held boolean, in_doubt boolean)
),
moved AS (
  UPDATE deliveries d
  SET state = given.state, since_ms = given.since_ms, leg = given.leg, tries = given.tries,
      next_try_ms = given.next_try_ms, problem = given.problem, reason = given.reason, final_ms = given.final_ms,
      in_doubt = given.in_doubt,
      transitions = CASE
        WHEN given.transition IS NULL THEN d.transitions
        WHEN d.transitions @> jsonb_build_array(jsonb_build_object('id', given.transition -> 'id')) THEN d.transitions
        ELSE d.transitions || given.transition END,
      worker = CASE WHEN given.held THEN d.worker END
  FROM given
  WHERE d.id = given.id AND d.worker = :origin AND d.taking = given.taking
  RETURNING d.id
),
answered AS (
  UPDATE delivery_messages m
  SET results = decode(given.results, 'base64')
  FROM given
  WHERE m.id = given.id AND given.results IS NOT NULL AND m.id IN (SELECT id FROM moved)
)
SELECT id FROM moved
