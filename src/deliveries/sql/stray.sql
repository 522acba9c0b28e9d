-- Of these takings those that still hold their message, with the taking of the job where that is in hand, too.
SELECT d.id, d.registry, j.retry_count
FROM unnest(:ids::uuid[], :takings::bigint[]) AS given (id, taking)
JOIN deliveries d ON d.id = given.id AND d.taking = given.taking
LEFT JOIN lienthong_jobs.job j ON j.name = d.registry AND j.id = d.id AND j.state = 'active'
WHERE d.worker = :origin AND d.final_ms IS NULL
FOR UPDATE OF d SKIP LOCKED
