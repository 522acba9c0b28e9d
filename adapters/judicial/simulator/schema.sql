-- The judicial registry's own database: civil-status books (sổ hộ tịch) and judicial records (lý lịch tư pháp).
-- Every person is synthetic. Tables and columns bear the registry's own names, Vietnamese without diacritics.

DROP TABLE IF EXISTS delivery_inbox, cai_chinh, khai_sinh_cho_so, phieu_ly_lich, xac_minh, an_tich, khai_tu, ket_hon, khai_sinh, ca_nhan;
DROP SEQUENCE IF EXISTS so_dang_ky, ma_ket_hon;

-- Numbers of what is registered from now on; one that is drawn and not used is a gap, never used again.
CREATE SEQUENCE so_dang_ky;
CREATE SEQUENCE ma_ket_hon START WITH 1000001;

-- Persons. The date of birth may lack the day, or the day and the month.
CREATE TABLE ca_nhan (
  so_dinh_danh  varchar(12) PRIMARY KEY,
  ho_ten        varchar(100) NOT NULL,
  ngay_sinh     smallint,
  thang_sinh    smallint,
  nam_sinh      smallint NOT NULL,
  gioi_tinh     smallint NOT NULL CHECK (gioi_tinh IN (1, 2, 3)), -- 1 male, 2 female, 3 not determined
  -- Marriages in the paper books of this person's time and place are not all taken over yet.
  hon_nhan_chua_ro boolean NOT NULL
);

-- Births. Parents and declarants of the paper books have no number.
CREATE TABLE khai_sinh (
  so_dinh_danh        varchar(12) PRIMARY KEY REFERENCES ca_nhan,
  me_so_dinh_danh     varchar(12),
  me_ho_ten           varchar(100),
  cha_so_dinh_danh    varchar(12),
  cha_ho_ten          varchar(100),
  nguoi_di_khai_so_dinh_danh varchar(12),
  nguoi_di_khai_ho_ten varchar(100) NOT NULL,
  so_giay_chung_sinh  varchar(64),
  so_con_cung_sinh    smallint NOT NULL CHECK (so_con_cung_sinh BETWEEN 1 AND 3),
  thu_tu_sinh         smallint NOT NULL CHECK (thu_tu_sinh BETWEEN 1 AND so_con_cung_sinh),
  so                  varchar(20) NOT NULL,
  quyen               varchar(20),
  trang               varchar(10),
  ngay_dang_ky        date NOT NULL,
  noi_dang_ky         varchar(200) NOT NULL
);

CREATE INDEX khai_sinh_me ON khai_sinh (me_so_dinh_danh);

-- Births that are registered but whose child has no number yet; so is the number of the registration.
CREATE TABLE khai_sinh_cho_so (
  so                  varchar(20) PRIMARY KEY,
  ho_ten              varchar(100) NOT NULL,
  ngay_sinh           smallint,
  thang_sinh          smallint,
  nam_sinh            smallint NOT NULL,
  gioi_tinh           smallint NOT NULL CHECK (gioi_tinh IN (1, 2)),
  me_so_dinh_danh     varchar(12),
  me_ho_ten           varchar(100),
  cha_so_dinh_danh    varchar(12),
  cha_ho_ten          varchar(100),
  nguoi_di_khai_so_dinh_danh varchar(12),
  nguoi_di_khai_ho_ten varchar(100) NOT NULL,
  so_giay_chung_sinh  varchar(64),
  so_con_cung_sinh    smallint NOT NULL CHECK (so_con_cung_sinh BETWEEN 1 AND 3),
  thu_tu_sinh         smallint NOT NULL CHECK (thu_tu_sinh BETWEEN 1 AND so_con_cung_sinh),
  quyen               varchar(20),
  ngay_dang_ky        date NOT NULL,
  noi_dang_ky         varchar(200) NOT NULL
);

CREATE INDEX khai_sinh_cho_so_me ON khai_sinh_cho_so (me_so_dinh_danh);

-- Marriages, the ended ones included: LH divorce (ly hôn), CT death (chết), HU annulment (hủy kết hôn).
CREATE TABLE ket_hon (
  ma                  integer PRIMARY KEY,
  chong_so_dinh_danh  varchar(12),
  chong_ho_ten        varchar(100) NOT NULL,
  vo_so_dinh_danh     varchar(12),
  vo_ho_ten           varchar(100) NOT NULL,
  so                  varchar(20) NOT NULL,
  quyen               varchar(20),
  trang               varchar(10),
  ngay_dang_ky        date NOT NULL,
  noi_dang_ky         varchar(200) NOT NULL,
  ngay_cham_dut       date CHECK (ngay_cham_dut >= ngay_dang_ky),
  ly_do_cham_dut      varchar(2) CHECK (ly_do_cham_dut IN ('LH', 'CT', 'HU')),
  so_ban_an           varchar(40),
  CHECK ((ngay_cham_dut IS NULL) = (ly_do_cham_dut IS NULL))
);

CREATE INDEX ket_hon_chong ON ket_hon (chong_so_dinh_danh);
CREATE INDEX ket_hon_vo ON ket_hon (vo_so_dinh_danh);

-- Deaths.
CREATE TABLE khai_tu (
  so_dinh_danh    varchar(12) PRIMARY KEY REFERENCES ca_nhan,
  ngay_chet       smallint,
  thang_chet      smallint,
  nam_chet        smallint NOT NULL,
  gio_chet        varchar(5),
  noi_chet        varchar(200) NOT NULL,
  nguyen_nhan     varchar(200),
  so_giay_bao_tu  varchar(40) NOT NULL,
  so              varchar(20) NOT NULL,
  quyen           varchar(20),
  trang           varchar(10),
  ngay_dang_ky    date NOT NULL,
  noi_dang_ky     varchar(200) NOT NULL
);

-- Convictions; a cleared one has the day of clearance.
CREATE TABLE an_tich (
  so_ban_an     varchar(40) PRIMARY KEY,
  so_dinh_danh  varchar(12) NOT NULL REFERENCES ca_nhan,
  toa_an        varchar(200) NOT NULL,
  ngay_tuyen    date NOT NULL,
  toi_danh      varchar(200) NOT NULL,
  hinh_phat     varchar(200) NOT NULL,
  ngay_xoa      date CHECK (ngay_xoa > ngay_tuyen)
);

CREATE INDEX an_tich_ca_nhan ON an_tich (so_dinh_danh);

-- Persons about whom courts or other provinces are still being asked.
CREATE TABLE xac_minh (
  so_dinh_danh  varchar(12) PRIMARY KEY REFERENCES ca_nhan,
  tu_ngay       date NOT NULL
);

-- Certificates issued, form 1 or 2 (phiếu số 1, số 2), the latest of each form.
CREATE TABLE phieu_ly_lich (
  so_dinh_danh  varchar(12) NOT NULL REFERENCES ca_nhan,
  loai_phieu    smallint NOT NULL CHECK (loai_phieu IN (1, 2)),
  so            varchar(40) NOT NULL,
  ngay_cap      date NOT NULL,
  noi_cap       varchar(200) NOT NULL,
  PRIMARY KEY (so_dinh_danh, loai_phieu)
);

-- Corrections (cải chính) with the decision that allowed them; what was written before stays readable here.
CREATE TABLE cai_chinh (
  so            varchar(20) PRIMARY KEY,
  so_dinh_danh  varchar(12) NOT NULL REFERENCES ca_nhan,
  muc           varchar(20) NOT NULL,
  gia_tri_cu    varchar(100) NOT NULL,
  gia_tri_moi   varchar(100) NOT NULL,
  so_quyet_dinh varchar(64) NOT NULL,
  ngay_quyet_dinh date NOT NULL,
  ngay_dang_ky  date NOT NULL,
  noi_dang_ky   varchar(200) NOT NULL
);

-- What was given to this registry, by Idempotency-Key, and what it said: written with the effect.
CREATE TABLE delivery_inbox (
  exchange_id  varchar(36)  NOT NULL,
  leg          varchar(100) NOT NULL,
  outcome      text,
  taken_at     timestamp    NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (exchange_id, leg)
);
