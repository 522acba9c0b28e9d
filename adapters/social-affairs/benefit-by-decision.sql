-- The benefit that a decision granted.
SELECT pin, from_date, to_date
FROM benefit
WHERE decision_number = :decision_number
FOR UPDATE
