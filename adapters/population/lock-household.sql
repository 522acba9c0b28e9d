-- A household, held until a change of its members or its address is done.
SELECT code, head_pin, commune_code, province_code
FROM household
WHERE code = :code
FOR UPDATE;
