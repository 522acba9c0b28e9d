-- Forgets the oldest, up to the first that is to be kept, and remembers up to where.
WITH oldest AS (
  SELECT seq, time_ms FROM announcements WHERE seq IS NOT NULL ORDER BY seq LIMIT :limit::bigint
),
gone AS (
  DELETE FROM announcements
  WHERE seq IN (SELECT seq FROM oldest WHERE time_ms < :before::bigint)
    AND seq < coalesce((SELECT min(seq) FROM oldest WHERE time_ms >= :before::bigint), 9223372036854775807)
  RETURNING seq
)
UPDATE announcement_numbers SET forgotten = greatest(forgotten, (SELECT max(seq) FROM gone))
WHERE EXISTS (SELECT FROM gone)
RETURNING forgotten
