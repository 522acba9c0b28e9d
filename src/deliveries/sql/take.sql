-- Takes a push that nobody has in hand into an operator's; as it is from then on. No row where somebody has, where
-- something else is to be done with it, where it is settled, or where it may have taken effect and may not have.
UPDATE deliveries SET worker = :origin, taking = taking + 1
WHERE id = :id::uuid AND log_index IS NOT NULL AND worker IS NULL AND intention IS NULL
  AND final_ms IS NULL
  AND (:mayStand::boolean OR (leg = 0 AND NOT in_doubt))
  AND (:onlyDead::boolean IS NOT TRUE OR (state = 'dead' AND corrected_by IS NULL))
RETURNING taking, state, leg, tries, in_doubt
