-- Where a person lives from a day on.
INSERT INTO residence (
  pin, kind, line, commune_code, commune_name, district_code, district_name, province_code, province_name,
  codes_as_of, since, authority
)
VALUES (
  :pin, :kind, :line, :commune_code, :commune_name, :district_code, :district_name, :province_code, :province_name,
  :codes_as_of, :since, :authority
)
ON CONFLICT (pin, kind) DO UPDATE SET
  line = EXCLUDED.line,
  commune_code = EXCLUDED.commune_code,
  commune_name = EXCLUDED.commune_name,
  district_code = EXCLUDED.district_code,
  district_name = EXCLUDED.district_name,
  province_code = EXCLUDED.province_code,
  province_name = EXCLUDED.province_name,
  codes_as_of = EXCLUDED.codes_as_of,
  since = EXCLUDED.since,
  authority = EXCLUDED.authority;
