UPDATE khai_sinh SET me_ho_ten = :gia_tri WHERE so_dinh_danh = :so_dinh_danh
