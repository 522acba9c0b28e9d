-- The child of a registered birth becomes a person of the books, under its number.
INSERT INTO ca_nhan (so_dinh_danh, ho_ten, ngay_sinh, thang_sinh, nam_sinh, gioi_tinh, hon_nhan_chua_ro)
SELECT CAST(:so_dinh_danh AS varchar(12)), ho_ten, ngay_sinh, thang_sinh, nam_sinh, gioi_tinh, false
FROM khai_sinh_cho_so
WHERE so = :so
