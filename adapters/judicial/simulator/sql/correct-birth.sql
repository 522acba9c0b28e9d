UPDATE ca_nhan SET ngay_sinh = :ngay, thang_sinh = :thang, nam_sinh = :nam WHERE so_dinh_danh = :so_dinh_danh
