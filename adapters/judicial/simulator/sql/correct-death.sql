UPDATE khai_tu SET ngay_chet = :ngay, thang_chet = :thang, nam_chet = :nam WHERE so_dinh_danh = :so_dinh_danh
