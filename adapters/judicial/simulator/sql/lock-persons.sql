-- The persons whom a registration is about, held until it is done: no other one can come in between. Read them afterwards:
-- what is joined to a row that had to be waited for is of before the wait.
SELECT so_dinh_danh
FROM ca_nhan
WHERE so_dinh_danh IN (:mot, :hai)
ORDER BY so_dinh_danh
FOR UPDATE
