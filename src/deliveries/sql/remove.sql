-- Forgets pushes that were refused after all.
DELETE FROM deliveries WHERE id = ANY (:ids::uuid[]) AND log_index IS NULL RETURNING id
