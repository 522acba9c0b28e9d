-- A new household at an address, headed by a person.
INSERT INTO household (
  code, head_pin, line, commune_code, commune_name, district_code, district_name, province_code, province_name, codes_as_of
)
VALUES (
  CAST(nextval('household_number') AS varchar), :pin, :line, :commune_code, :commune_name, :district_code, :district_name,
  :province_code, :province_name, :codes_as_of
)
RETURNING code;
