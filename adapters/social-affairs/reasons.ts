/** What an assessment tells the official and the citizen, in both languages, apart from the rules so that wording can change alone. */

export interface Reason {
  /** Stable, for programs. */
  readonly code: string;
  readonly en: string;
  readonly vi: string;
}

const reason = (code: string, en: string, vi: string): Reason => ({ code, en, vi });

export const reasons = {
  deceased: reason('deceased', 'The person has died.', 'Người này đã chết.'),
  alreadyReceiving: reason(
    'already-receiving',
    'A benefit of this category is already being paid.',
    'Đang hưởng trợ cấp thuộc diện này.',
  ),
  receivesAnother: reason(
    'receives-another-benefit',
    'Another benefit is being paid: of several, only the highest is due.',
    'Đang hưởng trợ cấp thuộc diện khác: chỉ được hưởng một mức cao nhất.',
  ),
  oldEnough: (years: number) =>
    reason('age-reached', `The person is ${years} or older.`, `Đã đủ ${years} tuổi trở lên.`),
  tooYoung: (years: number) =>
    reason('age-not-reached', `The person is younger than ${years}.`, `Chưa đủ ${years} tuổi.`),
  oldAndPoor: (years: number) =>
    reason(
      'age-reached-in-poor-household',
      `The person is ${years} or older and lives in a poor or near-poor household.`,
      `Đã đủ ${years} tuổi trở lên và thuộc hộ nghèo hoặc hộ cận nghèo.`,
    ),
  child: (years: number) => reason('child', `The person is younger than ${years}.`, `Dưới ${years} tuổi.`),
  notChild: (years: number) => reason('not-child', `The person is ${years} or older.`, `Đã đủ ${years} tuổi.`),
  noPension: reason(
    'no-pension',
    'The person draws no pension and no monthly social-insurance allowance.',
    'Không hưởng lương hưu hoặc trợ cấp bảo hiểm xã hội hằng tháng.',
  ),
  pension: reason(
    'pension',
    'The person draws a pension or a monthly social-insurance allowance.',
    'Đang hưởng lương hưu hoặc trợ cấp bảo hiểm xã hội hằng tháng.',
  ),
  poor: reason('poor-household', 'The household is classed as poor.', 'Thuộc hộ nghèo.'),
  notPoor: reason('not-poor-household', 'The household is not classed as poor.', 'Không thuộc hộ nghèo.'),
  noSupporter: reason(
    'no-supporter',
    'Nobody who is obliged to support the person can do so.',
    'Không có người có nghĩa vụ và quyền phụng dưỡng.',
  ),
  supporter: reason(
    'supporter-not-ruled-out',
    'It is not certified that the person has nobody obliged to support them.',
    'Chưa có xác nhận không có người có nghĩa vụ và quyền phụng dưỡng.',
  ),
  severeDisability: reason(
    'severe-disability',
    'A severe or exceptionally severe disability is certified.',
    'Có giấy xác nhận khuyết tật mức độ nặng hoặc đặc biệt nặng.',
  ),
  noSevereDisability: reason(
    'no-severe-disability',
    'No severe or exceptionally severe disability is certified.',
    'Không có giấy xác nhận khuyết tật mức độ nặng hoặc đặc biệt nặng.',
  ),
  noCaregiver: reason('no-caregiver', 'The child has nobody to bring it up.', 'Trẻ em không có nguồn nuôi dưỡng.'),
  caregiver: reason(
    'caregiver-not-ruled-out',
    'It is not certified that the child has nobody to bring it up.',
    'Chưa có xác nhận trẻ em không có nguồn nuôi dưỡng.',
  ),
  raisingChildAlone: reason('raising-child-alone', 'The person brings up a child alone.', 'Đang một mình nuôi con.'),
  notRaisingChildAlone: reason(
    'not-raising-child-alone',
    'It is not certified that the person brings up a child alone.',
    'Chưa có xác nhận đang một mình nuôi con.',
  ),
  hiv: reason('hiv-certified', 'The condition is certified.', 'Có xác nhận tình trạng bệnh.'),
  noHiv: reason('hiv-not-certified', 'The condition is not certified.', 'Không có xác nhận tình trạng bệnh.'),
  noIncome: reason(
    'no-stable-income',
    'The person has no steady monthly income from work or pension.',
    'Không có nguồn thu nhập ổn định hằng tháng.',
  ),
  income: reason(
    'stable-income',
    'The person has a steady monthly income from work or pension.',
    'Có nguồn thu nhập ổn định hằng tháng.',
  ),
} as const;
