/** ISO 3166-1 alpha-2 as of 2026-11, and XK, which databases use for Kosovo. */
const CODES = `
  AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI
  CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ
  GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS
  LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG
  PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK
  TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW`

const COUNTRIES: ReadonlySet<string> = new Set(CODES.trim().split(/\s+/))

const EU = 'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'
const EFTA = 'CH IS LI NO'

/** Members of each group as of 2026-11. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  '@BALTICS': members('EE LT LV'),
  '@BENELUX': members('BE LU NL'),
  '@DACH': members('AT CH DE'),
  '@EEA': members(`${EU} IS LI NO`),
  '@EFTA': members(EFTA),
  '@EU': members(EU),
  '@G7': members('CA DE FR GB IT JP US'),
  '@NORDICS': members('AX DK FI FO GL IS NO SE SJ'),
  // Bulgaria and Romania in full since 2025-01-01; Cyprus and Ireland are not in it.
  '@SCHENGEN': members('AT BE BG CH CZ DE DK EE ES FI FR GR HR HU IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK'),
}

/** Codes that people write for others. */
const MISTAKEN: Readonly<Record<string, string>> = { UK: 'GB', EU: '@EU', EL: 'GR' }

/** The names of the groups, each with its `@`. */
export const GROUP_NAMES: readonly string[] = Object.keys(GROUPS)

/** The countries that a code (`DE`) or group (`@EU`) stands for, whatever its case. `undefined` where it is neither. */
export function expandCountry(entry: string): readonly string[] | undefined {
  const code = entry.toUpperCase()
  if (Object.hasOwn(GROUPS, code)) return GROUPS[code]
  return COUNTRIES.has(code) ? [code] : undefined
}

/** The right way to write a code that is often written wrongly. */
export function suggestCountry(entry: string): string | undefined {
  const code = entry.toUpperCase()
  if (Object.hasOwn(GROUPS, `@${code}`)) return `@${code}`
  return Object.hasOwn(MISTAKEN, code) ? MISTAKEN[code] : undefined
}

function members(codes: string): readonly string[] {
  return codes.split(' ')
}
