-- Where a person lives: at most one row each for permanent, temporary and current.
SELECT
  kind,
  line,
  commune_code,
  commune_name,
  district_code,
  district_name,
  province_code,
  province_name,
  codes_as_of,
  since,
  authority
FROM residence
WHERE pin = :pin;
