UPDATE khai_sinh SET cha_ho_ten = :gia_tri WHERE so_dinh_danh = :so_dinh_danh
