-- Keeps what became of pushes for those who are told; numbered later.
INSERT INTO announcements (id, time_ms, exchange, sender, service, version, state, event, content)
SELECT id, time_ms, exchange, sender, service, version, state, event, decode(content, 'base64')
FROM json_to_recordset(:rows::json) AS given (
  id uuid, time_ms bigint, exchange uuid, sender text, service text, version text, state text, event text, content text)
ON CONFLICT DO NOTHING
