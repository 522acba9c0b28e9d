-- Forgets pushes that ended long ago. What is locked waits for another time.
WITH old AS MATERIALIZED (
  SELECT id FROM deliveries WHERE final_ms < :before::bigint ORDER BY final_ms LIMIT :limit::bigint FOR UPDATE SKIP LOCKED
)
DELETE FROM deliveries WHERE id IN (SELECT id FROM old) RETURNING id
