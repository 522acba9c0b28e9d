-- A household has a new address.
UPDATE household SET
  line = :line,
  commune_code = :commune_code,
  commune_name = :commune_name,
  district_code = :district_code,
  district_name = :district_name,
  province_code = :province_code,
  province_name = :province_name,
  codes_as_of = :codes_as_of
WHERE code = :code;
