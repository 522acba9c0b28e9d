-- Jobs in hand whose message is in nobody's.
SELECT j.id, j.name AS registry, j.retry_count
FROM lienthong_jobs.job j LEFT JOIN deliveries d ON d.id = j.id
WHERE j.state = 'active' AND d.worker IS NULL
LIMIT :limit::bigint
