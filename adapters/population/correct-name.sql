-- A corrected name, wherever the register writes it.
UPDATE person SET
  full_name = CASE WHEN pin = :pin THEN :name ELSE full_name END,
  father_name = CASE WHEN father_pin = :pin THEN :name ELSE father_name END,
  mother_name = CASE WHEN mother_pin = :pin THEN :name ELSE mother_name END,
  spouse_name = CASE WHEN spouse_pin = :pin THEN :name ELSE spouse_name END,
  representative_name = CASE WHEN representative_pin = :pin THEN :name ELSE representative_name END
WHERE pin = :pin OR father_pin = :pin OR mother_pin = :pin OR spouse_pin = :pin OR representative_pin = :pin
RETURNING pin;
