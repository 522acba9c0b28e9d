-- From now on the receiver is tried again, sooner or later.
INSERT INTO webhook_restarts (id, receiver, entry, worker, lease_until)
VALUES (:id::uuid, :receiver, :entry::json, :origin, now() + make_interval(secs => :leaseSeconds::bigint))
RETURNING id
