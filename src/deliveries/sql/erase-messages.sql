-- Erases messages and results of pushes that ended a while ago. What is locked waits for another time.
WITH old AS MATERIALIZED (
  SELECT id FROM deliveries WHERE kept AND final_ms < :before::bigint ORDER BY final_ms LIMIT :limit::bigint
  FOR UPDATE SKIP LOCKED
),
erased AS (DELETE FROM delivery_messages WHERE id IN (SELECT id FROM old))
UPDATE deliveries SET kept = false WHERE id IN (SELECT id FROM old) RETURNING id
