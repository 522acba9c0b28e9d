-- Enters a death.
INSERT INTO khai_tu (
  so_dinh_danh, ngay_chet, thang_chet, nam_chet, gio_chet, noi_chet, nguyen_nhan, so_giay_bao_tu,
  so, quyen, ngay_dang_ky, noi_dang_ky
)
VALUES (
  :so_dinh_danh, :ngay, :thang, :nam, :gio_chet, :noi_chet, :nguyen_nhan, :so_giay_bao_tu,
  :so, :quyen, :ngay_dang_ky, :noi_dang_ky
)
