-- Keeps pushes, in the order in which they came; gives those that no other one was in the way of.
WITH given AS (
  SELECT * FROM ROWS FROM (json_to_recordset(:rows::json) AS (
    id uuid, accepted_ms bigint, sender text, service text, version text, registry text, persons text[],
    message_name text, message_digest text, issue text, corrects uuid, content text)) WITH ORDINALITY
),
added AS (
  INSERT INTO deliveries (
    id, origin, accepted_ms, since_ms, sender, service, version, registry, order_key, message_name, message_digest, issue,
    corrects)
  SELECT
    id, :origin::text, accepted_ms, accepted_ms, sender, service, version, registry, persons[1], decode(message_name, 'base64'),
    decode(message_digest, 'base64'), issue, corrects
  FROM given
  ORDER BY ordinality
  ON CONFLICT DO NOTHING
  RETURNING id, seq
),
placed AS (
  INSERT INTO delivery_turns (id, person, turn, seq)
  SELECT added.id, person, added.seq, added.seq FROM added JOIN given USING (id) CROSS JOIN unnest(given.persons) AS person
),
doubtful AS (INSERT INTO delivery_unrecorded (id, origin) SELECT id, :origin::text FROM added),
kept AS (
  INSERT INTO delivery_messages (id, content)
  SELECT id, decode(content, 'base64') FROM given WHERE id IN (SELECT id FROM added)
)
SELECT id FROM added
