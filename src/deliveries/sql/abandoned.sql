-- Messages in the hand of gateways that are gone; at the start, in one's own of before.
SELECT d.id, d.registry
FROM deliveries d
WHERE d.final_ms IS NULL
  AND CASE WHEN :starting::boolean THEN d.worker = :origin
      ELSE d.worker = ANY (:gone::text[]) END
ORDER BY d.seq
LIMIT :limit::bigint
FOR UPDATE OF d SKIP LOCKED
