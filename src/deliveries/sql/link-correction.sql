-- Says of a settled push that another one stands in for it.
UPDATE deliveries SET corrected_by = :later::uuid WHERE id = :id::uuid AND corrected_by IS NULL RETURNING id
