-- Tries everything of a receiver again, at once.
UPDATE webhooks SET dead = false, tries = 0, failing_since_ms = NULL, next_try_ms = 0 WHERE receiver = :receiver RETURNING stream
