-- Which of these are not settled.
SELECT id FROM deliveries WHERE id = ANY (:ids::uuid[]) AND final_ms IS NULL
