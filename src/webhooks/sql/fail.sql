-- The notice was not taken; it is tried again, by whichever gateway, or nothing more is.
UPDATE webhooks
SET tries = :tries::bigint, failing_since_ms = coalesce(failing_since_ms, :nowMs::bigint), next_try_ms = :nextTryMs::bigint,
    fault = :fault, dead = :dead::boolean, worker = NULL, lease_until = NULL
WHERE receiver = :receiver AND stream = :stream AND worker = :origin
RETURNING cursor
