-- Takes over a push that another gateway left unrecorded. One that somebody has locked is not waited for.
WITH free AS MATERIALIZED (
  SELECT id FROM deliveries WHERE id = :id::uuid AND origin = :from AND log_index IS NULL FOR UPDATE SKIP LOCKED
),
adopted AS (UPDATE deliveries SET origin = :origin WHERE id IN (SELECT id FROM free) RETURNING id)
UPDATE delivery_unrecorded SET origin = :origin WHERE id IN (SELECT id FROM adopted) RETURNING id
