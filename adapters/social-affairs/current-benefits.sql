-- Benefits of a person that are paid on a day or decided and about to be, the oldest decision first.
SELECT category, coefficient, monthly_vnd, decision_number, decision_date, from_date, to_date, stop_reason, commune_code
FROM benefit
WHERE pin = :pin
  AND (to_date IS NULL OR to_date >= :day)
ORDER BY decision_date, decision_number
