-- The recognition of a meritorious person or of a relative.
SELECT type, file_number, degree_percent, since_date
FROM meritorious_person
WHERE pin = :pin
