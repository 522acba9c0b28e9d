-- A corrected day of death moves the end of the marriage that the death ended.
UPDATE ket_hon
SET ngay_cham_dut = :ngay
WHERE (chong_so_dinh_danh = :so_dinh_danh OR vo_so_dinh_danh = :so_dinh_danh)
  AND ly_do_cham_dut = 'CT'
  AND ngay_cham_dut = :ngay_cu
