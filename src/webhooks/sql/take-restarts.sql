-- Restarts that this gateway kept and has not in hand, and those of gateways that are silent.
UPDATE webhook_restarts SET worker = :origin, lease_until = now() + make_interval(secs => :leaseSeconds::bigint)
WHERE (worker = :origin OR lease_until < now()) AND id <> ALL (:inHand::uuid[])
RETURNING id, receiver, entry
