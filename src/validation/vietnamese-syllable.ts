/** The spelling of Vietnamese syllables, by which real words are told from the same bytes in another encoding. */

/** `gi` and `qu` come before `g`, so that their second letter is no vowel where another follows. */
const onsets = 'gi qu b c ch d đ g gh h k kh l m n ng ngh nh p ph r s t th tr v x';

const rhymes = `
  a ac ach ai am an ang anh ao ap at au ay  ăc ăm ăn ăng ăp ăt  âc âm ân âng âp ât âu ây
  e ec em en eng eo ep et  ê êch êm ên ênh êp êt êu
  i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu
  o oc oi om on ong op ot oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oe oem oen oeo oet oong
  ô ôc ôi ôm ôn ông ôp ôt  ơ ơi ơm ơn ơp ơt
  u uc ui um un ung up ut ua uôc uôi uôm uôn uông uôt uân uâng uât uây uê uêch uênh uơ
  uy uya uych uynh uyt uyp uyu uyên uyêt  ư ưa ưc ưi ưn ưng ưt ưu ươc ươi ươm ươn ương ươp ươt ươu
  y yt ych ynh yêm yên yêng yêt yêu`;

const spelling = new RegExp(`^(?:${alternatives(onsets)})?(?<rhyme>${alternatives(rhymes)})$`, 'u');
const toneMarks = /[\u0300\u0301\u0303\u0309\u0323]/gu;

/** Whether one word, in any case, is spelt as a Vietnamese syllable: rhyme, place of the tone mark, tone before a stop. */
export function isVietnameseSyllable(word: string): boolean {
  const decomposed = word.toLowerCase().normalize('NFD');
  const [tone, ...others] = decomposed.matchAll(toneMarks);
  const toneless = decomposed.replace(toneMarks, '').normalize('NFC');
  const rhyme = spelling.exec(toneless)?.groups?.rhyme;
  if (rhyme === undefined || others.length > 0) return false;
  if (tone === undefined) return true;
  const letters = decomposed.slice(0, tone.index).normalize('NFC').length;
  const place = letters - 1 - (toneless.length - rhyme.length);
  return placesOf(rhyme).includes(place) && (!endsInStop.test(rhyme) || stopTones.includes(tone[0]));
}

const endsInStop = /(?:c|ch|p|t)$/;
const stopTones = '\u0301\u0323';

/** Where in a rhyme the tone mark may stand: on the main vowel, and for oa, oe, uy in both the old and the new way. */
function placesOf(rhyme: string): readonly number[] {
  const marked = rhyme.search(/[ăâêôơư](?![ăâêôơ])/u);
  if (marked >= 0) return [marked];
  const vowels = /^[aeiouy]+/.exec(rhyme)?.[0].length ?? 0;
  if (/^(?:oa|oe|uy)$/.test(rhyme)) return [0, 1];
  return vowels === 3 || (vowels === 2 && rhyme.length > 2) ? [1] : [0];
}

function alternatives(list: string): string {
  return list.trim().split(/\s+/).join('|');
}
