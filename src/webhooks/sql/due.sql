-- When a stream may be tried next; no row where it is dead.
SELECT next_try_ms, CASE WHEN worker IS DISTINCT FROM :origin THEN extract(epoch FROM lease_until - now()) * 1000 END AS lease_ms
FROM webhooks WHERE receiver = :receiver AND stream = :stream AND NOT dead
