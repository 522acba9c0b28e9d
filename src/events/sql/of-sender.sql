-- What became of a sender's pushes, after a number, in that order; one row without a number where there is nothing.
WITH found AS (
  SELECT * FROM announcements
  WHERE sender = :sender AND seq IS NOT NULL AND seq > coalesce(:after::bigint, 0)
    AND state IN ('delivered', 'refused', 'dead', 'discarded')
  ORDER BY seq LIMIT :limit::bigint
)
SELECT n.last, n.forgotten, f.seq, f.id, f.time_ms, f.exchange, f.sender, f.service, f.version, f.state, f.event, f.content
FROM announcement_numbers n LEFT JOIN found f ON true
ORDER BY f.seq
