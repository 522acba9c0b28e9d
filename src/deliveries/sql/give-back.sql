-- Lets go of messages in the middle of their delivery: a registry may have them. Gives those that were still held by that
-- taking.
UPDATE deliveries d SET worker = NULL, in_doubt = true
FROM unnest(:ids::uuid[], :takings::bigint[]) AS given (id, taking)
WHERE d.id = given.id AND d.worker = :origin AND d.taking = given.taking
RETURNING d.id
