-- Enters a birth; the child has no number yet.
INSERT INTO khai_sinh_cho_so (
  so, ho_ten, ngay_sinh, thang_sinh, nam_sinh, gioi_tinh,
  me_so_dinh_danh, me_ho_ten, cha_so_dinh_danh, cha_ho_ten, nguoi_di_khai_so_dinh_danh, nguoi_di_khai_ho_ten,
  so_giay_chung_sinh, so_con_cung_sinh, thu_tu_sinh, quyen, ngay_dang_ky, noi_dang_ky
)
VALUES (
  :so, :ho_ten, :ngay, :thang, :nam, :gioi_tinh,
  :me_so, :me_ten, :cha_so, :cha_ten, :khai_so, :khai_ten,
  :so_giay_chung_sinh, :so_con, :thu_tu, :quyen, :ngay_dang_ky, :noi_dang_ky
)
