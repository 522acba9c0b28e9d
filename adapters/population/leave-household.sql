-- Takes a person out of the household book.
DELETE FROM household_member WHERE pin = :pin;
