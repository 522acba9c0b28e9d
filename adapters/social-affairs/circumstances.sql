-- What the commune has certified about a person and is true on a day.
SELECT kind, degree
FROM circumstance
WHERE pin = :pin
  AND (ended_on IS NULL OR ended_on >= :day)
