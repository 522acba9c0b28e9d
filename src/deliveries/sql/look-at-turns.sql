-- The next pushes in the order by their ids: whether it is settled, which takes it out of the order, and whether its job
-- sleeps behind nobody.
WITH page AS (
  SELECT DISTINCT id FROM delivery_turns WHERE :after::uuid IS NULL OR id > :after::uuid ORDER BY id LIMIT :limit::bigint
)
SELECT page.id, (d.id IS NULL OR d.final_ms IS NOT NULL) AS settled,
  coalesce(j.blocked, false) AND NOT EXISTS (
    SELECT 1 FROM delivery_turns mine JOIN delivery_turns t ON t.person = mine.person AND (t.turn, t.seq) < (mine.turn, mine.seq)
    WHERE mine.id = page.id) AS forgotten
FROM page
LEFT JOIN deliveries d ON d.id = page.id
LEFT JOIN lienthong_jobs.job j ON j.name = d.registry AND j.id = d.id
ORDER BY page.id
