-- What is being paid, or was about to be, ends with the death; what had been decided is kept, for the day may be corrected.
UPDATE benefit
SET decided_to_date = to_date, decided_stop_reason = stop_reason, to_date = :day, stop_reason = 'deceased'
WHERE pin = :pin
  AND (to_date IS NULL OR to_date > :day)
