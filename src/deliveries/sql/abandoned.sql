-- Messages in the hand of gateways that are gone; at the start, in one's own of before.
SELECT d.id, d.registry
FROM deliveries d LEFT JOIN delivery_gateways g ON g.origin = d.worker
WHERE d.worker IS NOT NULL
  AND CASE WHEN :starting::boolean THEN d.worker = :origin
      ELSE d.worker <> :origin
        AND (g.seen IS NULL OR g.seen < now() - :leaseSeconds::double precision * interval '1 second') END
ORDER BY d.seq
LIMIT :limit::bigint
FOR UPDATE OF d SKIP LOCKED
