-- Keeps what was written before, and by which decision it was changed.
INSERT INTO cai_chinh (
  so, so_dinh_danh, muc, gia_tri_cu, gia_tri_moi, so_quyet_dinh, ngay_quyet_dinh, ngay_dang_ky, noi_dang_ky
)
VALUES (
  :so, :so_dinh_danh, :muc, :gia_tri_cu, :gia_tri_moi, :so_quyet_dinh, :ngay_quyet_dinh, :ngay_dang_ky, :noi_dang_ky
)
