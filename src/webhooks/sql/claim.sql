-- Takes a stream into this gateway's hand, or keeps it there, unless it is in another one's, or nothing is to be tried yet.
UPDATE webhooks
SET worker = :origin, lease_until = now() + make_interval(secs => :leaseSeconds::bigint)
WHERE receiver = :receiver AND stream = :stream AND NOT dead AND next_try_ms <= :nowMs::bigint
  AND (worker IS NULL OR worker = :origin OR lease_until < now())
RETURNING cursor, tries, failing_since_ms, fault
