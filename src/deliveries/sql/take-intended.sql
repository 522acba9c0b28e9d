-- Takes a push in hand for what was to be done with it. No row where somebody has, or where it is done.
UPDATE deliveries SET worker = :origin, taking = taking + 1
WHERE id = :id::uuid AND worker IS NULL AND intention IS NOT NULL
RETURNING taking, state, leg, tries, in_doubt, intention
