-- Pushes in whose place another one of the same sender is recorded, and that do not say so yet. Each earlier one is looked
-- up by its id, whatever the planner knows of the table: joined by sender, it would be everybody with everybody.
WITH later AS MATERIALIZED (
  SELECT id, seq, corrects, sender FROM deliveries WHERE corrects IS NOT NULL AND log_index IS NOT NULL
)
SELECT earlier.id, earlier.final_ms, later.id AS later
FROM later CROSS JOIN LATERAL (
  SELECT e.id, e.final_ms FROM deliveries e
  WHERE e.id = later.corrects AND e.sender = later.sender AND e.corrected_by IS NULL AND e.worker IS NULL
  OFFSET 0
) earlier
ORDER BY later.seq LIMIT :limit::bigint
