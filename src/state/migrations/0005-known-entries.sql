-- How many entries of its log this database is known to be as new as: each push that one of them accepted was here when
-- that was written, and so is in every copy of the database that has it.

ALTER TABLE delivery_gateways ADD COLUMN known_entries bigint;
