-- Keeps pushes, in the order in which they came; gives those that no other one was in the way of.
WITH given AS (
  SELECT * FROM ROWS FROM (json_to_recordset(:rows::json) AS (
    id uuid, accepted_ms bigint, sender text, service text, version text, registry text, order_key text,
    message_name text, message_digest text, issue text, corrects uuid, content text)) WITH ORDINALITY
),
added AS (
  INSERT INTO deliveries (
    id, origin, accepted_ms, since_ms, sender, service, version, registry, order_key, message_name, message_digest, issue,
    corrects)
  SELECT
    id, :origin::text, accepted_ms, accepted_ms, sender, service, version, registry, order_key, decode(message_name, 'base64'),
    decode(message_digest, 'base64'), issue, corrects
  FROM given
  ORDER BY ordinality
  ON CONFLICT DO NOTHING
  RETURNING id
),
doubtful AS (INSERT INTO delivery_unrecorded (id, origin) SELECT id, :origin::text FROM added),
kept AS (
  INSERT INTO delivery_messages (id, content)
  SELECT id, decode(content, 'base64') FROM given WHERE id IN (SELECT id FROM added)
)
SELECT id FROM added
