-- Pushes whose acceptance is not known to be in the log: one's own, and those of gateways that are gone.
SELECT d.id, d.origin, m.content
FROM deliveries d JOIN delivery_messages m ON m.id = d.id
LEFT JOIN delivery_gateways g ON g.origin = d.origin
WHERE d.log_index IS NULL
  AND CASE WHEN d.origin = :origin THEN d.accepted_ms < :beforeMs::bigint
      ELSE g.seen IS NULL OR g.seen < now() - :leaseSeconds::double precision * interval '1 second' END
  AND (:ids::uuid[] IS NULL OR d.id = ANY (:ids))
ORDER BY d.seq
LIMIT :limit::bigint
