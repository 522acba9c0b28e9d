-- The numbers of the texts that a filter means: the value itself and, where asked for, all below it.
SELECT id FROM audit_texts
WHERE use = :use AND (value = :value OR (:below::boolean AND starts_with(value, :value::text || '/')))
