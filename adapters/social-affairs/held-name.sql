-- The name that the registry holds for a number.
SELECT full_name FROM person WHERE pin = :pin
