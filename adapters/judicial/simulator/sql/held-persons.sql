-- What decides whether something can be registered for these persons: birth and death as exact as they are known
-- (yyyy, yyyy-mm or yyyy-mm-dd).
SELECT
  c.so_dinh_danh,
  c.gioi_tinh,
  c.hon_nhan_chua_ro,
  concat_ws('-', c.nam_sinh, to_char(c.thang_sinh, 'FM00'), to_char(c.ngay_sinh, 'FM00')) AS sinh,
  nullif(concat_ws('-', t.nam_chet, to_char(t.thang_chet, 'FM00'), to_char(t.ngay_chet, 'FM00')), '') AS chet
FROM ca_nhan c
LEFT JOIN khai_tu t USING (so_dinh_danh)
WHERE c.so_dinh_danh IN (:mot, :hai)
