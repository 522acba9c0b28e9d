-- Takes over a push that another gateway left unrecorded.
WITH adopted AS (
  UPDATE deliveries SET origin = :origin WHERE id = :id::uuid AND origin = :from AND log_index IS NULL RETURNING id
)
UPDATE delivery_unrecorded SET origin = :origin WHERE id IN (SELECT id FROM adopted) RETURNING id
