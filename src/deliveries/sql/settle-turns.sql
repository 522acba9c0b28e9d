-- Takes settled pushes out of the order, and wakes the jobs of those that were next behind them about any of their people.
-- Whoever has such a job locked is waited for: pg-boss locks jobs too that it then finds asleep and leaves. In one order for
-- all, and nobody who has one waits for anything that is held here.
WITH settled AS (DELETE FROM delivery_turns WHERE id = ANY (:ids::uuid[]) RETURNING person, turn, seq),
followers AS (
  SELECT follower.id
  FROM settled CROSS JOIN LATERAL (
    SELECT t.id FROM delivery_turns t
    WHERE t.person = settled.person AND (t.turn, t.seq) > (settled.turn, settled.seq)
    ORDER BY t.turn, t.seq LIMIT 1) follower
),
asleep AS MATERIALIZED (
  SELECT j.name, j.id
  FROM deliveries d JOIN lienthong_jobs.job j ON j.name = d.registry AND j.id = d.id
  WHERE d.id IN (SELECT id FROM followers) AND j.blocked
  ORDER BY j.name, j.id
  FOR UPDATE OF j
)
UPDATE lienthong_jobs.job j SET blocked = false FROM asleep WHERE j.name = asleep.name AND j.id = asleep.id
RETURNING j.name AS registry
