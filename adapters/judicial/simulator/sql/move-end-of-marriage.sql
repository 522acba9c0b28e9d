-- A corrected day of death moves the end of the marriage that the death ended; gives the other party.
UPDATE ket_hon
SET ngay_cham_dut = :ngay
WHERE (chong_so_dinh_danh = :so_dinh_danh OR vo_so_dinh_danh = :so_dinh_danh)
  AND ly_do_cham_dut = 'CT'
  AND ngay_cham_dut = :ngay_cu
RETURNING CASE WHEN chong_so_dinh_danh = :so_dinh_danh THEN vo_so_dinh_danh ELSE chong_so_dinh_danh END AS nguoi_kia
