-- A newborn child.
INSERT INTO person (
  pin, status, full_name, birth_year, birth_month, birth_day, sex, birth_registration_code, birth_registration_name,
  native_place, ethnicity, nationality, marital_status,
  father_pin, father_name, mother_pin, mother_name, representative_pin, representative_name
)
VALUES (
  :pin, 'active', :full_name, :birth_year, :birth_month, :birth_day, :sex, :place_code, :place_name,
  :native_place, :ethnicity, 'VN', 'single',
  :father_pin, :father_name, :mother_pin, :mother_name, :representative_pin, :representative_name
);
