-- Which of these are not settled.
SELECT id, order_key FROM deliveries WHERE id = ANY (:ids::uuid[]) AND final_ms IS NULL
