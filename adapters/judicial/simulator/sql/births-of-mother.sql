-- Every birth that is registered for a mother, those of children without a number included.
SELECT
  k.thu_tu_sinh,
  concat_ws('-', c.nam_sinh, to_char(c.thang_sinh, 'FM00'), to_char(c.ngay_sinh, 'FM00')) AS sinh
FROM khai_sinh k
JOIN ca_nhan c USING (so_dinh_danh)
WHERE k.me_so_dinh_danh = :so_dinh_danh
UNION ALL
SELECT
  thu_tu_sinh,
  concat_ws('-', nam_sinh, to_char(thang_sinh, 'FM00'), to_char(ngay_sinh, 'FM00'))
FROM khai_sinh_cho_so
WHERE me_so_dinh_danh = :so_dinh_danh
