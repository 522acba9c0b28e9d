-- A child lives where the parent lives.
INSERT INTO residence (
  pin, kind, line, commune_code, commune_name, district_code, district_name, province_code, province_name,
  codes_as_of, since, authority
)
SELECT
  CAST(:pin AS char(12)), kind, line, commune_code, commune_name, district_code, district_name, province_code, province_name,
  codes_as_of, CAST(:since AS date), authority
FROM residence
WHERE pin = :parent AND kind IN ('permanent', 'current');
