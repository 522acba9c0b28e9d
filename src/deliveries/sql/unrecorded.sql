-- Pushes whose acceptance is not known to be in the log: one's own, and those of gateways that are gone.
WITH doubtful AS MATERIALIZED (
  SELECT u.id, u.origin
  FROM delivery_unrecorded u LEFT JOIN delivery_gateways g ON g.origin = u.origin
  WHERE (:ids::uuid[] IS NULL OR u.id = ANY (:ids))
    AND (u.origin = :origin
      OR g.seen IS NULL OR g.seen < now() - :leaseSeconds::double precision * interval '1 second')
)
SELECT u.id, u.origin, d.content
FROM doubtful u CROSS JOIN LATERAL (
  SELECT r.seq, m.content FROM deliveries r JOIN delivery_messages m ON m.id = r.id WHERE r.id = u.id OFFSET 0
) d
ORDER BY d.seq
LIMIT :limit::bigint
