-- The person whom a decision is about, held until it is entered: no other one can come in between.
SELECT pin, deceased_on
FROM person
WHERE pin = :pin
FOR UPDATE
