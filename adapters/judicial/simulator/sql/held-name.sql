-- The name that the books hold for a number.
SELECT ho_ten FROM ca_nhan WHERE so_dinh_danh = :so_dinh_danh
