-- Brings jobs that could be taken now before all others about the person, also before the one that was taken too early;
-- gives those.
UPDATE lienthong_jobs.job j
SET created_on = least(
  (SELECT e.created_on FROM lienthong_jobs.job e WHERE e.name = j.name AND e.id = given.early),
  (SELECT min(k.created_on) FROM lienthong_jobs.job k
   WHERE k.name = j.name AND k.singleton_key = j.singleton_key AND k.state < 'active' AND NOT k.blocked
     AND k.policy = 'key_strict_fifo')) - interval '1 microsecond'
FROM unnest(:ids::uuid[], :early::uuid[]) AS given (id, early)
WHERE j.name = :registry AND j.id = given.id AND j.state = 'created' AND j.start_after <= now()
RETURNING j.id
