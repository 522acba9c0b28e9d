-- Class of a person's household in the review of a year, or in the latest review of all where no year is asked for.
SELECT h.household_code, h.review_year, h.class, h.score_b1, h.score_b2
FROM person p
JOIN household_poverty h ON h.household_code = p.household_code
WHERE p.pin = :pin
  AND h.review_year = COALESCE(:year, (SELECT MAX(review_year) FROM household_poverty))
