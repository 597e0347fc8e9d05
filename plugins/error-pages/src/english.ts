import { STATUS_CODES } from 'node:http'
import { formatSize } from '@drawbridge/plugin-kit'
import { formatDelay, type Language } from './language.ts'

const MESSAGES: Readonly<Record<number, string>> = {
  400: 'The server could not understand this request.',
  401: 'You have to sign in to see this.',
  403: 'You are not allowed to see this.',
  404: 'There is nothing at this address.',
  405: 'This cannot be done at this address.',
  408: 'The request took too long to arrive.',
  410: 'What was here is gone for good.',
  413: 'The request is larger than this server accepts.',
  414: 'The address is longer than this server accepts.',
  415: 'The server does not take content of this kind.',
  429: 'There were too many requests in a short time.',
  431: 'The headers of this request are larger than this server accepts. Deleting the cookies of this site may help.',
  500: 'Something went wrong on our side.',
  501: 'The server cannot do what was asked.',
  502: 'The service behind this address gave no usable answer. Trying again in a moment may help.',
  503: 'This service is not available right now.',
  504: 'The service behind this address took too long to answer. Trying again in a moment may help.',
  508: 'The request goes round in circles.',
}

const delays = new Intl.RelativeTimeFormat('en', { numeric: 'always' })
const numbers = new Intl.NumberFormat('en')

/** The pages in English. */
export const english: Language = {
  code: 'en',
  title: (status) => STATUS_CODES[status] ?? 'Error',
  message: (status) =>
    MESSAGES[status] ??
    (status < 500 ? 'The server cannot accept this request.' : 'The server cannot answer right now.'),
  size: formatSize,
  exactSize: (bytes) => `${numbers.format(bytes)} bytes`,
  moreThan: (size) => `more than ${size}`,
  tryAgain: (seconds) => `Please try again ${formatDelay(seconds, delays)}.`,
  maxSize: 'Maximum allowed size',
  requestSize: 'Your request size',
  requestId: 'Request ID',
  reportId: 'Please include this ID when reporting the issue.',
  contact: 'Contact',
}
