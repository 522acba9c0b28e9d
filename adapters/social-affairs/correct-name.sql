-- A corrected name.
UPDATE person SET full_name = :full_name WHERE pin = :pin
