import { formatSize } from '@drawbridge/plugin-kit'
import { formatDelay, type Language } from './language.ts'

const WORDS: Readonly<Record<number, readonly [title: string, message: string]>> = {
  400: ['Ungültige Anfrage', 'Der Server konnte diese Anfrage nicht verstehen.'],
  401: ['Anmeldung erforderlich', 'Diese Seite ist nur nach einer Anmeldung zu sehen.'],
  403: ['Zugriff verweigert', 'Der Zugriff auf diese Seite ist nicht erlaubt.'],
  404: ['Nicht gefunden', 'Unter dieser Adresse gibt es nichts.'],
  405: ['Methode nicht erlaubt', 'Das geht unter dieser Adresse nicht.'],
  408: ['Zeitüberschreitung der Anfrage', 'Die Anfrage kam zu langsam an.'],
  410: ['Nicht mehr vorhanden', 'Was hier war, gibt es nicht mehr.'],
  413: ['Anfrage zu groß', 'Die Anfrage ist größer, als dieser Server erlaubt.'],
  414: ['Adresse zu lang', 'Die Adresse ist länger, als dieser Server erlaubt.'],
  415: ['Inhalt nicht unterstützt', 'Inhalte dieser Art nimmt der Server nicht an.'],
  417: ['Erwartung nicht erfüllbar', 'Der Server kann diese Anfrage nicht annehmen.'],
  429: ['Zu viele Anfragen', 'Das waren zu viele Anfragen in kurzer Zeit.'],
  431: [
    'Kopfzeilen zu groß',
    'Die Kopfzeilen der Anfrage sind größer, als dieser Server erlaubt. Es kann helfen, die Cookies dieser Seite zu löschen.',
  ],
  500: ['Interner Fehler', 'Auf unserer Seite ist etwas schiefgegangen.'],
  501: ['Nicht unterstützt', 'Das kann der Server nicht.'],
  502: [
    'Keine gültige Antwort',
    'Der Dienst hinter dieser Adresse hat keine brauchbare Antwort gegeben. Ein neuer Versuch in einem Moment kann helfen.',
  ],
  503: ['Dienst nicht verfügbar', 'Dieser Dienst ist im Moment nicht erreichbar.'],
  504: [
    'Zeitüberschreitung',
    'Der Dienst hinter dieser Adresse hat zu lange nicht geantwortet. Ein neuer Versuch in einem Moment kann helfen.',
  ],
  508: ['Endlosschleife', 'Die Anfrage läuft im Kreis.'],
}

const delays = new Intl.RelativeTimeFormat('de', { numeric: 'always' })
const numbers = new Intl.NumberFormat('de')

/** The pages in German. */
export const german: Language = {
  code: 'de',
  title: (status) => WORDS[status]?.[0] ?? 'Fehler',
  message: (status) =>
    WORDS[status]?.[1] ??
    (status < 500 ? 'Der Server kann diese Anfrage nicht annehmen.' : 'Der Server kann im Moment nicht antworten.'),
  size: (bytes) => formatSize(bytes).replace('.', ',').replace('bytes', 'Bytes'),
  exactSize: (bytes) => `${numbers.format(bytes)} Bytes`,
  moreThan: (size) => `mehr als ${size}`,
  tryAgain: (seconds) => `Bitte ${formatDelay(seconds, delays)} noch einmal versuchen.`,
  maxSize: 'Erlaubte Größe',
  requestSize: 'Größe der Anfrage',
  requestId: 'Anfrage-ID',
  reportId: 'Bitte bei einer Meldung diese ID angeben.',
  contact: 'Kontakt',
}
