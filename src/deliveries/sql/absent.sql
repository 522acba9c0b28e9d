-- Those of the pushes that are not known here.
SELECT given.id FROM unnest(:ids::uuid[]) AS given (id)
WHERE NOT EXISTS (SELECT FROM deliveries d WHERE d.id = given.id)
