-- Brings a push that was taken in hand for that into another state, and lets go of it. What went wrong last is forgotten
-- where it is tried again.
UPDATE deliveries
SET state = :state, since_ms = :nowMs::bigint, tries = 0, next_try_ms = :nextTryMs::bigint,
    problem = CASE WHEN :finalMs::bigint IS NULL THEN NULL ELSE problem END,
    reason = :reason, final_ms = :finalMs::bigint, worker = NULL, intention = NULL,
    transitions = transitions || :transition::jsonb
WHERE id = :id::uuid AND worker = :origin AND taking = :taking::bigint
RETURNING id
