-- The extract of a person's birth (trích lục khai sinh).
SELECT json_strip_nulls(json_build_object(
  'nguoi_duoc_khai_sinh', json_build_object(
    'so_dinh_danh', c.so_dinh_danh,
    'ho_ten', c.ho_ten,
    'ngay_sinh', concat_ws('/', to_char(c.ngay_sinh, 'FM00'), to_char(c.thang_sinh, 'FM00'), c.nam_sinh),
    'gioi_tinh', c.gioi_tinh
  ),
  'me', CASE WHEN k.me_ho_ten IS NOT NULL
    THEN json_build_object('so_dinh_danh', k.me_so_dinh_danh, 'ho_ten', k.me_ho_ten) END,
  'cha', CASE WHEN k.cha_ho_ten IS NOT NULL
    THEN json_build_object('so_dinh_danh', k.cha_so_dinh_danh, 'ho_ten', k.cha_ho_ten) END,
  'nguoi_di_khai', json_build_object('so_dinh_danh', k.nguoi_di_khai_so_dinh_danh, 'ho_ten', k.nguoi_di_khai_ho_ten),
  'so_giay_chung_sinh', k.so_giay_chung_sinh,
  'so_con_cung_sinh', k.so_con_cung_sinh,
  'thu_tu_sinh', k.thu_tu_sinh,
  'dang_ky', json_build_object(
    'so', k.so,
    'quyen', k.quyen,
    'trang', k.trang,
    'ngay_dang_ky', to_char(k.ngay_dang_ky, 'DD/MM/YYYY'),
    'noi_dang_ky', k.noi_dang_ky
  )
)) AS khai_sinh
FROM khai_sinh k
JOIN ca_nhan c USING (so_dinh_danh)
WHERE k.so_dinh_danh = :so_dinh_danh
