-- Unsettled pushes that nobody has in hand or has locked at this moment, and in whose place another one is recorded.
SELECT earlier.id
FROM deliveries earlier JOIN deliveries later ON later.id = earlier.corrected_by
WHERE earlier.corrected_by IS NOT NULL AND earlier.final_ms IS NULL AND earlier.worker IS NULL
  AND earlier.intention IS NULL
  AND later.log_index IS NOT NULL
ORDER BY later.seq LIMIT :limit::bigint
FOR UPDATE OF earlier SKIP LOCKED
