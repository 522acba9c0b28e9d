-- Forgets pushes of this gateway that were refused after all; what they were to stand in for goes on.
WITH removed AS (
  DELETE FROM deliveries WHERE id = ANY (:ids::uuid[]) AND origin = :origin AND log_index IS NULL RETURNING id, corrects
),
resumed AS (
  UPDATE deliveries d SET corrected_by = NULL FROM removed WHERE d.id = removed.corrects AND d.corrected_by = removed.id
)
DELETE FROM delivery_unrecorded WHERE id IN (SELECT id FROM removed) RETURNING id
