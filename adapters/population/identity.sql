-- What verify-identity compares. Nothing of it leaves the gateway.
SELECT
  status,
  full_name,
  birth_year,
  birth_month,
  birth_day,
  sex
FROM person
WHERE pin = :pin;
