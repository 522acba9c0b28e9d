-- Puts jobs that were taken too early back where they stood, as such that were never tried: pg-boss would have them go
-- before all others about the person.
UPDATE lienthong_jobs.job j SET state = 'created', start_after = to_timestamp(given.not_before_ms / 1000.0)
FROM unnest(:ids::uuid[], :retryCounts::integer[], :notBeforeMs::bigint[]) AS given (id, retry_count, not_before_ms)
WHERE j.name = :registry AND j.id = given.id AND j.retry_count = given.retry_count AND j.state = 'active'
