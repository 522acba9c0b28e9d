-- The registered birth itself, under the child's number.
INSERT INTO khai_sinh (
  so_dinh_danh, me_so_dinh_danh, me_ho_ten, cha_so_dinh_danh, cha_ho_ten,
  nguoi_di_khai_so_dinh_danh, nguoi_di_khai_ho_ten, so_giay_chung_sinh, so_con_cung_sinh, thu_tu_sinh,
  so, quyen, ngay_dang_ky, noi_dang_ky
)
SELECT
  CAST(:so_dinh_danh AS varchar(12)), me_so_dinh_danh, me_ho_ten, cha_so_dinh_danh, cha_ho_ten,
  nguoi_di_khai_so_dinh_danh, nguoi_di_khai_ho_ten, so_giay_chung_sinh, so_con_cung_sinh, thu_tu_sinh,
  so, quyen, ngay_dang_ky, noi_dang_ky
FROM khai_sinh_cho_so
WHERE so = :so
