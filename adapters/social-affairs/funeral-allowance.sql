-- Whether the allowance has been granted, for this person or by this decision.
SELECT pin
FROM funeral_allowance
WHERE pin = :pin OR decision_number = :decision_number
