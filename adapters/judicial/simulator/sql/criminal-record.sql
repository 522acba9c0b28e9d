-- What a certificate of the form would say today (Law on Judicial Records, articles 42 and 43): form 1 lists only what is
-- not cleared, form 2 everything. A cleared conviction is no criminal record on either.
-- 0 none, 1 present, 2 being verified.
SELECT json_strip_nulls(json_build_object(
  'loai_phieu', CAST(:loai_phieu AS smallint),
  'tinh_trang_an_tich', CASE
    WHEN EXISTS (SELECT FROM xac_minh x WHERE x.so_dinh_danh = c.so_dinh_danh) THEN 2
    WHEN EXISTS (SELECT FROM an_tich a WHERE a.so_dinh_danh = c.so_dinh_danh AND a.ngay_xoa IS NULL) THEN 1
    ELSE 0
  END,
  'phieu', (
    SELECT json_build_object('so', p.so, 'ngay_cap', to_char(p.ngay_cap, 'DD/MM/YYYY'), 'noi_cap', p.noi_cap)
    FROM phieu_ly_lich p
    WHERE p.so_dinh_danh = c.so_dinh_danh AND p.loai_phieu = :loai_phieu
  ),
  'an_tich', (
    SELECT coalesce(json_agg(json_build_object(
      'so_ban_an', a.so_ban_an,
      'toa_an', a.toa_an,
      'ngay_tuyen', to_char(a.ngay_tuyen, 'DD/MM/YYYY'),
      'toi_danh', a.toi_danh,
      'hinh_phat', a.hinh_phat,
      'ngay_xoa', to_char(a.ngay_xoa, 'DD/MM/YYYY')
    ) ORDER BY a.ngay_tuyen), '[]')
    FROM an_tich a
    WHERE a.so_dinh_danh = c.so_dinh_danh AND (a.ngay_xoa IS NULL OR CAST(:loai_phieu AS smallint) = 2)
  )
)) AS ly_lich
FROM ca_nhan c
WHERE c.so_dinh_danh = :so_dinh_danh
