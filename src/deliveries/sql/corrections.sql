-- Pushes in whose place another one of the same sender is recorded, and that do not say so yet.
SELECT earlier.id, earlier.final_ms, later.id AS later
FROM deliveries later JOIN deliveries earlier ON earlier.id = later.corrects AND earlier.sender = later.sender
WHERE later.log_index IS NOT NULL AND later.corrects IS NOT NULL AND earlier.corrected_by IS NULL
  AND earlier.worker IS NULL
ORDER BY later.seq LIMIT :limit::bigint
