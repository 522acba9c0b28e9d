-- Wakes jobs; whoever takes one too early puts it to sleep again.
UPDATE lienthong_jobs.job j SET blocked = false
FROM deliveries d
WHERE d.id = ANY (:ids::uuid[]) AND j.name = d.registry AND j.id = d.id AND j.blocked
RETURNING j.name AS registry
