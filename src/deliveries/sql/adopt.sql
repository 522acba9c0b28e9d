-- Takes over a push that another gateway left unrecorded.
UPDATE deliveries SET origin = :origin WHERE id = :id::uuid AND origin = :from AND log_index IS NULL RETURNING id
