-- The numbers of all outcomes that are refusals.
SELECT id FROM audit_texts WHERE use = 'outcome' AND value <> 'ok'
