-- Deaths in the civil-status books.
SELECT so_dinh_danh AS effect FROM khai_tu
