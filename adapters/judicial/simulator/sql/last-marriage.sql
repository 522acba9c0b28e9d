-- The latest registration of a marriage of a person, and the other party where that marriage stands.
SELECT
  to_char(max(ngay_dang_ky), 'YYYY-MM-DD') AS tu_ngay,
  max(CASE
    WHEN ngay_cham_dut IS NOT NULL THEN NULL
    WHEN chong_so_dinh_danh = :so_dinh_danh THEN vo_so_dinh_danh
    ELSE chong_so_dinh_danh
  END) AS nguoi_kia
FROM ket_hon
WHERE chong_so_dinh_danh = :so_dinh_danh OR vo_so_dinh_danh = :so_dinh_danh
