-- A receiver that is new begins with what comes from now on.
INSERT INTO webhooks (receiver, stream, cursor)
SELECT receiver, stream, (SELECT last FROM announcement_numbers)
FROM json_to_recordset(:streams::json) AS given (receiver text, stream text)
ON CONFLICT DO NOTHING
