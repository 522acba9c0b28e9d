-- A death ends the marriage that stood.
UPDATE ket_hon
SET ngay_cham_dut = :ngay, ly_do_cham_dut = 'CT'
WHERE (chong_so_dinh_danh = :so_dinh_danh OR vo_so_dinh_danh = :so_dinh_danh)
  AND ngay_cham_dut IS NULL
