-- Puts jobs that were taken too early back where they stood, as such that were never tried: pg-boss would have them go
-- before all others about the person. What they are behind is not settled before this is committed, and whoever settles it
-- then finds them asleep; where somebody is changing it at this moment, that is not waited for: they are looked at again.
WITH given AS (
  SELECT * FROM unnest(:ids::uuid[], :retryCounts::integer[], :behind::uuid[]) AS given (id, retry_count, behind)
),
unsettled AS MATERIALIZED (
  SELECT id FROM deliveries WHERE id = ANY (:behind::uuid[]) AND final_ms IS NULL FOR SHARE SKIP LOCKED
)
UPDATE lienthong_jobs.job j
SET state = 'created', blocked = unsettled.id IS NOT NULL,
  start_after = CASE WHEN unsettled.id IS NULL THEN to_timestamp(:againMs::bigint / 1000.0) ELSE j.start_after END
FROM given LEFT JOIN unsettled ON unsettled.id = given.behind
WHERE j.name = :registry AND j.id = given.id AND j.retry_count = given.retry_count AND j.state = 'active'
RETURNING j.blocked AS asleep
