-- The notice was taken, or there was none up to here; no row where the stream is in other hands by now.
UPDATE webhooks
SET cursor = :cursor::bigint, tries = 0, failing_since_ms = NULL, next_try_ms = 0, fault = NULL,
    lease_until = now() + make_interval(secs => :leaseSeconds::bigint)
WHERE receiver = :receiver AND stream = :stream AND worker = :origin
RETURNING cursor
