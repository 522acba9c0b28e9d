-- One person with household and residences.
SELECT
  person.pin,
  person.status,
  person.replaced_by,
  person.full_name,
  person.other_name,
  person.birth_year,
  person.birth_month,
  person.birth_day,
  person.sex,
  person.birth_registration_code,
  person.birth_registration_name,
  person.native_place,
  person.ethnicity,
  person.religion,
  person.nationality,
  person.blood_group,
  person.old_identity_number,
  person.marital_status,
  person.father_pin,
  person.father_name,
  person.mother_pin,
  person.mother_name,
  person.spouse_pin,
  person.spouse_name,
  person.representative_pin,
  person.representative_name,
  person.died_on,
  person.phone,
  person.email,
  household_member.household_code,
  (
    SELECT json_agg(residence)
    FROM residence
    WHERE residence.pin = person.pin
  ) AS residences
FROM person
LEFT JOIN household_member ON household_member.pin = person.pin
WHERE person.pin = :pin;
