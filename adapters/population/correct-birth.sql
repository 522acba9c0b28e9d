-- A corrected date of birth, as far as it is known.
UPDATE person SET birth_year = :year, birth_month = :month, birth_day = :day WHERE pin = :pin;
