-- Events that are granted, after a number, in their order; one row without a number where there is none. Numbers and
-- events are of one moment, so that whoever reads on after the newest number has missed nothing.
WITH granted AS (
  SELECT * FROM json_to_recordset(:granted::json) AS granted (service text, event text, from_ms bigint, until_ms bigint)
),
found AS (
  SELECT a.* FROM granted g CROSS JOIN LATERAL (
    SELECT * FROM announcements a
    WHERE a.service = g.service AND a.event IS NOT NULL AND a.event = g.event AND a.seq IS NOT NULL
      AND a.seq > coalesce(:after::bigint, 0) AND a.time_ms >= g.from_ms AND a.time_ms < g.until_ms
    ORDER BY a.seq LIMIT :limit::bigint
  ) a
  ORDER BY a.seq LIMIT :limit::bigint
)
SELECT n.last, n.forgotten, f.seq, f.id, f.time_ms, f.exchange, f.sender, f.service, f.version, f.state, f.event, f.content
FROM announcement_numbers n LEFT JOIN found f ON true
ORDER BY f.seq
