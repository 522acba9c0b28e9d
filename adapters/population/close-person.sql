-- A person has died; the day is told where it is known.
UPDATE person SET status = 'deceased', died_on = CAST(:died_on AS date), spouse_pin = NULL, spouse_name = NULL
WHERE pin = :pin;
