-- The household that a person belongs to, one row a member, in the order of the household book.
-- The answer's schema takes 100 members: one more makes the answer invalid instead of incomplete.
SELECT
  household.code,
  household.head_pin,
  household.line,
  household.commune_code,
  household.commune_name,
  household.district_code,
  household.district_name,
  household.province_code,
  household.province_name,
  household.codes_as_of,
  member.pin,
  member.relation,
  person.full_name,
  person.birth_year,
  person.birth_month,
  person.birth_day,
  person.sex
FROM household_member AS asked
JOIN household ON household.code = asked.household_code
JOIN household_member AS member ON member.household_code = household.code
JOIN person ON person.pin = member.pin
WHERE asked.pin = :pin
ORDER BY member.place
LIMIT 101;
