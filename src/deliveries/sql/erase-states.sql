-- Forgets pushes that ended long ago.
DELETE FROM deliveries
WHERE id IN (SELECT id FROM deliveries WHERE final_ms < :before::bigint ORDER BY final_ms LIMIT :limit::bigint)
RETURNING id
