-- Tries everything of a receiver again, at once, and forgets that it was to be done.
WITH done AS (
  DELETE FROM webhook_restarts WHERE id = :id::uuid RETURNING receiver
)
UPDATE webhooks w SET dead = false, tries = 0, failing_since_ms = NULL, next_try_ms = 0
FROM done WHERE w.receiver = done.receiver
RETURNING w.stream
