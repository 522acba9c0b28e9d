-- The birth waits for a number no longer.
DELETE FROM khai_sinh_cho_so WHERE so = :so
