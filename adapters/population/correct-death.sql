-- A corrected day of death; NULL where the day is not known.
UPDATE person SET died_on = CAST(:died_on AS date) WHERE pin = :pin;
