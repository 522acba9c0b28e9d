-- What a death on another day has ended, as it had been decided before.
UPDATE benefit
SET to_date = decided_to_date, stop_reason = decided_stop_reason, decided_to_date = NULL, decided_stop_reason = NULL
WHERE pin = :pin
  AND stop_reason = 'deceased'
