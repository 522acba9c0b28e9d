-- A number that nobody has or ever had, opening with place, century, sex and year: records are never deleted, those of
-- the dead and of cancelled numbers included.
SELECT candidate.pin
FROM (
  SELECT DISTINCT CAST(:opening AS text) || to_char(floor(random() * 1000000), 'FM000000') AS pin
  FROM generate_series(1, 50)
) AS candidate
WHERE NOT EXISTS (SELECT FROM person WHERE person.pin = candidate.pin)
LIMIT 1;
