-- The texts of numbers.
SELECT id, value, detail FROM audit_texts WHERE id = ANY (:ids::integer[])
