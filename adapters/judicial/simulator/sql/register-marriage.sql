-- Enters a marriage.
INSERT INTO ket_hon (
  ma, chong_so_dinh_danh, chong_ho_ten, vo_so_dinh_danh, vo_ho_ten, so, quyen, ngay_dang_ky, noi_dang_ky
)
VALUES (
  nextval('ma_ket_hon'), :chong_so, :chong_ten, :vo_so, :vo_ten, :so, :quyen, :ngay_dang_ky, :noi_dang_ky
)
