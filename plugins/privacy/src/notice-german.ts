import type { NoticeFacts } from './notice.ts'
import type { Activity } from './processing.ts'
import { categoryNames, inWords, isInterest, legalBasisIn, purposeIn } from './words.ts'

/** The notice in German. Each sentence follows from a fact; where a fact is missing the sentence is too, or has a placeholder. */
export function germanNotice(facts: NoticeFacts): string {
  const { privacy, host, recipients } = facts
  const { controller, contact, authority } = privacy
  const name = controller.name || '[Name des Verantwortlichen]'
  const email = controller.email || '[E-Mail-Adresse des Verantwortlichen]'
  return [
    `## Datenschutzhinweise für ${host}`,
    '### Verantwortlicher',
    `Verantwortlich für die Verarbeitung im Sinne der Datenschutz-Grundverordnung (DSGVO) ist ${name}, ${controller.address || '[Anschrift des Verantwortlichen]'}, E-Mail: ${email}.`,
    contact === '' ? '' : `Fragen zum Datenschutz richten Sie bitte an: ${contact}.`,
    '### Welche Daten wir beim Aufruf verarbeiten, und wozu',
    `${privacy.purpose === '' ? '' : `${privacy.purpose.replace(/\.?$/, '.')} `}Anfragen an ${host} laufen über ein vorgeschaltetes Gateway (Reverse-Proxy). Um Ihre Anfrage zu beantworten, verarbeitet es technisch notwendig Ihre IP-Adresse, die aufgerufene Internetadresse und die Angaben, die Ihr Programm mitsendet.`,
    ...(facts.activities.length === 0
      ? ['Diese Daten speichert das Gateway nicht.']
      : facts.activities.map((activity) => paragraphOf(activity, privacy.legal_basis))),
    ...(facts.activities.length === 0 ? [] : ['### Wie wir Ihre IP-Adresse speichern', addressText(facts)]),
    '### Empfänger',
    recipients.length === 0
      ? 'Das Gateway gibt die gespeicherten Daten nicht an Dritte weiter.'
      : `Die gespeicherten Daten oder Meldungen daraus können erhalten: ${recipients.join('; ')}.`,
    '### Ihre Rechte',
    rightsText(facts, email),
    `Außerdem können Sie sich bei einer Datenschutz-Aufsichtsbehörde beschweren (Art. 77 DSGVO)${authority === '' ? '.' : `; für uns zuständig ist: ${authority}.`}`,
    ...(restsOnInterest(facts) ? ['### Widerspruchsrecht (Art. 21 DSGVO)', objectionText(email)] : []),
  ]
    .filter((paragraph) => paragraph !== '')
    .join('\n\n')
}

function paragraphOf(activity: Activity, ownBasis: string): string {
  const { fields, holds, kind } = activity
  const bases = ownBasis === '' ? [...new Set(fields.map(({ legalBasis }) => legalBasis))] : [ownBasis]
  const purposes = [...new Set(fields.map((field) => purposeIn(field, 'de')))]
  const interest = bases.some(isInterest) ? ' Unser berechtigtes Interesse liegt in den genannten Zwecken.' : ''
  return [
    `**${kind === 'files' ? 'Protokolldateien' : 'Protokoll'}: ${holds.de}.** Gespeichert werden: ${categoryNames(fields, 'de').join(', ')}. Zwecke:`,
    purposes.map((purpose) => `- ${purpose}`).join('\n'),
    `Rechtsgrundlage: ${bases.map((basis) => legalBasisIn(basis, 'de')).join('; ')}.${interest} ${periodText(activity)}`,
  ].join('\n\n')
}

function periodText({ period, retentionClass, keptBecause }: Activity): string {
  if (period !== undefined) return `Speicherdauer: ${inWords(period, 'de')}; danach werden die Einträge gelöscht.`
  if (retentionClass === undefined && keptBecause !== undefined)
    return `Speicherdauer: ${keptBecause.de.replace(/\.?$/, '.')}`
  return 'Speicherdauer: Eine feste Frist ist nicht eingestellt; die Einträge bleiben bis auf Weiteres gespeichert.'
}

function addressText({ masking, activities }: NoticeFacts): string {
  const { ipv4, ipv6, hasPseudonym } = masking
  const inFull = activities.filter(({ fields }) => fields.some(({ findBy }) => findBy === 'address'))
  const exception =
    inFull.length === 0
      ? ''
      : ` Vollständig gespeichert wird sie nur hier: ${inFull.map(({ holds }) => holds.de).join('; ')}.`
  if (ipv4.method === 'full' && ipv6.method === 'full')
    return 'Ihre IP-Adresse wird vollständig und ungekürzt gespeichert.'
  const pseudonym = hasPseudonym
    ? ' Daneben speichern wir ein Pseudonym der Adresse (bei IPv6: des Netzes Ihres Anschlusses). Es wird mit einem geheimen Schlüssel gebildet, der täglich wechselt und getrennt von den Einträgen aufbewahrt wird. Solange der Schlüssel eines Tages besteht, können wir Ihre Einträge dieses Tages anhand Ihrer Adresse wiederfinden, etwa um Ihnen Auskunft zu geben oder sie zu löschen.'
    : ' Ein Pseudonym speichern wir nicht; einzelne Einträge können wir Ihnen daher in der Regel nicht zuordnen (Art. 11 DSGVO).'
  return `${methodText('IPv4', ipv4)} ${methodText('IPv6', ipv6)}${exception}${pseudonym}`
}

function methodText(family: string, { method, from, to }: NoticeFacts['masking']['ipv4']): string {
  if (method === 'full') return `${family}-Adressen werden vollständig gespeichert.`
  if (method === 'removed')
    return `${family}-Adressen werden vor dem Speichern entfernt (an ihre Stelle tritt „${to}“).`
  const verb = method === 'shortened' ? 'gekürzt' : 'durch ein Kennzeichen ersetzt'
  return `${family}-Adressen werden vor dem Speichern ${verb}: Aus ${from} wird zum Beispiel ${to}.`
}

function rightsText({ activities }: NoticeFacts, email: string): string {
  if (activities.length === 0)
    return `Ihre Rechte aus Art. 15 bis 21 DSGVO können Sie uns gegenüber jederzeit geltend machen: ${email}.`
  return `Sie haben unter den gesetzlichen Voraussetzungen das Recht auf Auskunft (Art. 15 DSGVO), Berichtigung (Art. 16), Löschung (Art. 17), Einschränkung der Verarbeitung (Art. 18) und Datenübertragbarkeit (Art. 20). Eine Nachricht an ${email} genügt. Damit wir Ihre Einträge finden, nennen Sie uns bitte die IP-Adresse und den Zeitraum oder, falls Ihnen eine angezeigt wurde, die Anfrage-ID.`
}

function restsOnInterest({ activities, privacy }: NoticeFacts): boolean {
  const bases = activities.flatMap(({ fields }) => fields.map(({ legalBasis }) => privacy.legal_basis || legalBasis))
  return bases.some(isInterest)
}

function objectionText(email: string): string {
  return `**Soweit wir Daten auf der Grundlage berechtigter Interessen (Art. 6 Abs. 1 Buchst. f DSGVO) verarbeiten, können Sie aus Gründen, die sich aus Ihrer besonderen Situation ergeben, jederzeit Widerspruch einlegen. Auch dafür genügt eine Nachricht an ${email}.**`
}
