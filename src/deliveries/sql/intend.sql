-- Keeps what is to be done with a push that was taken in hand for it.
UPDATE deliveries SET intention = :intention::json
WHERE id = :id::uuid AND worker = :origin AND taking = :taking::bigint
RETURNING id
