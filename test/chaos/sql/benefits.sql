-- Decisions that were entered.
SELECT decision_number AS effect FROM benefit
