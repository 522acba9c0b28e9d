-- A registered birth whose child has no number yet.
SELECT so FROM khai_sinh_cho_so WHERE so = :so FOR UPDATE
