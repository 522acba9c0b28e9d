-- Restarts that this gateway kept, and those that no gateway sees to; not those that it has in hand or leaves to others.
UPDATE webhook_restarts SET worker = :origin, lease_until = now() + make_interval(secs => :leaseSeconds::bigint)
WHERE (worker = :origin OR lease_until < now()) AND id <> ALL (:others::uuid[])
RETURNING id, receiver, entry
