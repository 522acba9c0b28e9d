-- Every marriage of a person, the earliest first: the extract (trích lục kết hôn), and beside it what the marital status
-- at a day is worked out from, with days as yyyy-mm-dd.
SELECT
  to_char(k.ngay_dang_ky, 'YYYY-MM-DD') AS tu_ngay,
  to_char(k.ngay_cham_dut, 'YYYY-MM-DD') AS den_ngay,
  k.ly_do_cham_dut AS ly_do,
  CASE WHEN k.chong_so_dinh_danh = :so_dinh_danh THEN 'vo' ELSE 'chong' END AS nguoi_kia,
  json_strip_nulls(json_build_object(
    'chong', json_build_object('so_dinh_danh', k.chong_so_dinh_danh, 'ho_ten', k.chong_ho_ten),
    'vo', json_build_object('so_dinh_danh', k.vo_so_dinh_danh, 'ho_ten', k.vo_ho_ten),
    'dang_ky', json_build_object(
      'so', k.so,
      'quyen', k.quyen,
      'trang', k.trang,
      'ngay_dang_ky', to_char(k.ngay_dang_ky, 'DD/MM/YYYY'),
      'noi_dang_ky', k.noi_dang_ky
    ),
    'cham_dut', CASE WHEN k.ngay_cham_dut IS NOT NULL THEN json_build_object(
      'ngay', to_char(k.ngay_cham_dut, 'DD/MM/YYYY'),
      'ly_do', k.ly_do_cham_dut,
      'so_ban_an', k.so_ban_an
    ) END
  )) AS ket_hon
FROM ket_hon k
WHERE k.chong_so_dinh_danh = :so_dinh_danh OR k.vo_so_dinh_danh = :so_dinh_danh
ORDER BY k.ngay_dang_ky
