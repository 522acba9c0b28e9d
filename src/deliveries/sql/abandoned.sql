-- Messages in the hand of gateways that are gone; at the start, in one's own of before. With the taking of the job, where
-- that is in hand, too: what an operator was about is in its queue.
SELECT d.id, d.registry, j.retry_count
FROM deliveries d
LEFT JOIN lienthong_jobs.job j ON j.name = d.registry AND j.id = d.id AND j.state = 'active'
WHERE d.final_ms IS NULL
  AND CASE WHEN :starting::boolean THEN d.worker = :origin
      ELSE d.worker = ANY (:gone::text[]) END
ORDER BY d.seq
LIMIT :limit::bigint
FOR UPDATE OF d SKIP LOCKED
