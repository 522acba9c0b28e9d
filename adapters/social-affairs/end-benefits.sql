-- What is being paid, or was about to be, ends with the death.
UPDATE benefit
SET to_date = :day, stop_reason = 'deceased'
WHERE pin = :pin
  AND (to_date IS NULL OR to_date > :day)
