-- The extract of a person's death (trích lục khai tử).
SELECT json_strip_nulls(json_build_object(
  'nguoi_chet', json_build_object('so_dinh_danh', c.so_dinh_danh, 'ho_ten', c.ho_ten),
  'ngay_chet', concat_ws('/', to_char(t.ngay_chet, 'FM00'), to_char(t.thang_chet, 'FM00'), t.nam_chet),
  'gio_chet', t.gio_chet,
  'noi_chet', t.noi_chet,
  'nguyen_nhan', t.nguyen_nhan,
  'so_giay_bao_tu', t.so_giay_bao_tu,
  'dang_ky', json_build_object(
    'so', t.so,
    'quyen', t.quyen,
    'trang', t.trang,
    'ngay_dang_ky', to_char(t.ngay_dang_ky, 'DD/MM/YYYY'),
    'noi_dang_ky', t.noi_dang_ky
  )
)) AS khai_tu
FROM khai_tu t
JOIN ca_nhan c USING (so_dinh_danh)
WHERE t.so_dinh_danh = :so_dinh_danh
