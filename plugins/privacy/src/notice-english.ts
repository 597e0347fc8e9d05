import type { NoticeFacts } from './notice.ts'
import type { Activity } from './processing.ts'
import { categoryNames, inWords, isInterest, purposeIn } from './words.ts'

/** The notice in English. Each sentence follows from a fact; where a fact is missing the sentence is too, or has a placeholder. */
export function englishNotice(facts: NoticeFacts): string {
  const { privacy, host, recipients } = facts
  const { controller, contact, authority } = privacy
  const name = controller.name || '[name of the controller]'
  const email = controller.email || '[e-mail address of the controller]'
  return [
    `## Privacy notice for ${host}`,
    '### Controller',
    `The controller under the General Data Protection Regulation (GDPR) is ${name}, ${controller.address || '[postal address of the controller]'}, e-mail: ${email}.`,
    contact === '' ? '' : `For questions about data protection please turn to: ${contact}.`,
    '### Which data we process when you visit, and why',
    `${privacy.purpose === '' ? '' : `${privacy.purpose.replace(/\.?$/, '.')} `}Requests to ${host} pass a gateway (reverse proxy). To answer your request it has to process your IP address, the web address you ask for, and what your program sends along.`,
    ...(facts.activities.length === 0
      ? ['The gateway does not store these data.']
      : facts.activities.map((activity) => paragraphOf(activity, privacy.legal_basis))),
    ...(facts.activities.length === 0 ? [] : ['### How we store your IP address', addressText(facts)]),
    '### Recipients',
    recipients.length === 0
      ? 'The gateway does not pass the stored data on to others.'
      : `The stored data, or messages made from them, may go to: ${recipients.join('; ')}.`,
    '### Your rights',
    rightsText(facts, email),
    `You may also lodge a complaint with a supervisory authority (Art. 77 GDPR)${authority === '' ? '.' : `; the one in charge of us is: ${authority}.`}`,
    ...(restsOnInterest(facts) ? ['### Right to object (Art. 21 GDPR)', objectionText(email)] : []),
  ]
    .filter((paragraph) => paragraph !== '')
    .join('\n\n')
}

function paragraphOf(activity: Activity, ownBasis: string): string {
  const { fields, holds, kind } = activity
  const bases = ownBasis === '' ? [...new Set(fields.map(({ legalBasis }) => legalBasis))] : [ownBasis]
  const purposes = [...new Set(fields.map((field) => purposeIn(field, 'en')))]
  const interest = bases.some(isInterest) ? ' Our legitimate interest lies in these purposes.' : ''
  return [
    `**${kind === 'files' ? 'Log files' : 'Log'}: ${holds.en}.** Stored are: ${categoryNames(fields, 'en').join(', ')}. Purposes:`,
    purposes.map((purpose) => `- ${purpose}`).join('\n'),
    `Legal basis: ${bases.join('; ')}.${interest} ${periodText(activity)}`,
  ].join('\n\n')
}

function periodText({ period, retentionClass, keptBecause }: Activity): string {
  if (period !== undefined) return `Kept for ${inWords(period, 'en')}; then the records are deleted.`
  if (retentionClass === undefined && keptBecause !== undefined) return `Kept: ${keptBecause.en.replace(/\.?$/, '.')}`
  return 'Kept: no period is set; the records stay until further notice.'
}

function addressText({ masking, activities }: NoticeFacts): string {
  const { ipv4, ipv6, hasPseudonym } = masking
  const inFull = activities.filter(({ fields }) => fields.some(({ findBy }) => findBy === 'address'))
  const exception =
    inFull.length === 0 ? '' : ` It is stored in full only here: ${inFull.map(({ holds }) => holds.en).join('; ')}.`
  if (ipv4.method === 'full' && ipv6.method === 'full') return 'Your IP address is stored in full.'
  const pseudonym = hasPseudonym
    ? ' Beside it we store a pseudonym of the address (for IPv6: of the network of your connection). It is made with a secret key that changes daily and is kept apart from the records. As long as the key of a day exists we can find your records of that day by your address, for instance to give you access to them or to erase them.'
    : ' We store no pseudonym; as a rule we therefore cannot tell which records are yours (Art. 11 GDPR).'
  return `${methodText('IPv4', ipv4)} ${methodText('IPv6', ipv6)}${exception}${pseudonym}`
}

function methodText(family: string, { method, from, to }: NoticeFacts['masking']['ipv4']): string {
  if (method === 'full') return `${family} addresses are stored in full.`
  if (method === 'removed')
    return `${family} addresses are removed before anything is stored ("${to}" takes their place).`
  const verb = method === 'shortened' ? 'shortened' : 'replaced by a token'
  return `${family} addresses are ${verb} before they are stored: ${from} becomes ${to}, for example.`
}

function rightsText({ activities }: NoticeFacts, email: string): string {
  if (activities.length === 0) return `You may exercise your rights under Art. 15 to 21 GDPR at any time: ${email}.`
  return `Under the conditions of the law you have the right of access (Art. 15 GDPR), to rectification (Art. 16), erasure (Art. 17), restriction of processing (Art. 18) and data portability (Art. 20). A message to ${email} is enough. To let us find your records, please tell us the IP address and the time, or the request id if you were shown one.`
}

function restsOnInterest({ activities, privacy }: NoticeFacts): boolean {
  const bases = activities.flatMap(({ fields }) => fields.map(({ legalBasis }) => privacy.legal_basis || legalBasis))
  return bases.some(isInterest)
}

function objectionText(email: string): string {
  return `**Where we process data on the basis of legitimate interests (Art. 6(1)(f) GDPR) you may object at any time on grounds relating to your particular situation. A message to ${email} is enough for that too.**`
}
