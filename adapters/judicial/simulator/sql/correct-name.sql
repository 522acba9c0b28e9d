UPDATE ca_nhan SET ho_ten = :gia_tri WHERE so_dinh_danh = :so_dinh_danh
