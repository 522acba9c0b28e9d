-- Numbers what is committed, in the order in which it came.
WITH unnumbered AS (
  SELECT id, row_number() OVER (ORDER BY kept) AS nth FROM announcements WHERE seq IS NULL ORDER BY kept LIMIT :limit::bigint
),
numbered AS (
  UPDATE announcements a SET seq = :last::bigint + unnumbered.nth FROM unnumbered WHERE a.id = unnumbered.id RETURNING a.seq
)
UPDATE announcement_numbers SET last = last + (SELECT count(*) FROM numbered) RETURNING last
