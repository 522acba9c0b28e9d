-- What a correction can be about, as it is held now.
SELECT
  c.ho_ten,
  concat_ws('-', c.nam_sinh, to_char(c.thang_sinh, 'FM00'), to_char(c.ngay_sinh, 'FM00')) AS ngay_sinh,
  k.me_ho_ten AS ten_me,
  k.cha_ho_ten AS ten_cha,
  nullif(concat_ws('-', t.nam_chet, to_char(t.thang_chet, 'FM00'), to_char(t.ngay_chet, 'FM00')), '') AS ngay_chet
FROM ca_nhan c
LEFT JOIN khai_sinh k USING (so_dinh_danh)
LEFT JOIN khai_tu t USING (so_dinh_danh)
WHERE c.so_dinh_danh = :so_dinh_danh
