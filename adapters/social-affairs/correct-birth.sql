-- A corrected date of birth, as exact as it is known.
UPDATE person SET date_of_birth = :date_of_birth WHERE pin = :pin
