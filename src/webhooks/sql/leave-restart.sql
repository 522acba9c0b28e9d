-- A restart that this gateway could not do goes to whichever gateway looks next.
UPDATE webhook_restarts SET lease_until = now()
WHERE id = :id::uuid AND worker = :origin
RETURNING id
