-- Forgets pushes that were refused after all.
WITH removed AS (DELETE FROM deliveries WHERE id = ANY (:ids::uuid[]) AND log_index IS NULL RETURNING id)
DELETE FROM delivery_unrecorded WHERE id IN (SELECT id FROM removed) RETURNING id
