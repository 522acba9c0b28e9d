-- Brings a push that nobody has in hand into another state; no row where somebody has, or where it is settled.
UPDATE deliveries
SET state = :state, since_ms = :nowMs::bigint, tries = 0, next_try_ms = :nextTryMs::bigint, problem = NULL,
    reason = :reason, final_ms = :finalMs::bigint, corrected_by = coalesce(:correctedBy::uuid, corrected_by),
    transitions = transitions || :transition::jsonb
WHERE id = :id::uuid AND worker IS NULL AND final_ms IS NULL AND (:onlyDead::boolean IS NOT TRUE OR state = 'dead')
RETURNING id
