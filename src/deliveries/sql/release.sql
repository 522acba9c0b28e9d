-- Lets go of messages; gives those that were still held by that taking.
UPDATE deliveries d SET worker = NULL
FROM unnest(:ids::uuid[], :takings::bigint[]) AS given (id, taking)
WHERE d.id = given.id AND d.worker = :origin AND d.taking = given.taking
RETURNING d.id
