-- Those of these pushes that wait for an operator's decision, and for nothing that is on its way.
SELECT id FROM deliveries WHERE id = ANY (:ids::uuid[]) AND state = 'dead' AND intention IS NULL
