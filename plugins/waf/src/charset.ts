const CHARSET = /;\s*charset\s*=\s*["']?([\w.:-]{1,40})/i
/** UTF-7, UTF-32 and the code pages of EBCDIC. */
const HIDDEN =
  /^(?:utf-?7|unicode-1-1-utf-7|utf-?32(?:[lb]e)?|(?:ibm|cp|ebcdic-cp)-?(?:037|273|277|278|280|284|285|290|297|420|423|424|500|870|871|875|880|905|1026|1047|[a-z]{2})|ebcdic.*)$/i

/** Whether a content type names a charset in which a text can be hidden. */
export function hasHiddenCharset(contentType: string): boolean {
  const [, charset = ''] = CHARSET.exec(contentType) ?? []
  return HIDDEN.test(charset)
}

/** The text of a body: UTF-8, or UTF-16 where the content type or a byte order mark says so. */
export function textOf(body: Uint8Array, contentType: string): string {
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const [, charset = ''] = CHARSET.exec(contentType) ?? []
  const [first, second] = buffer
  const isUtf16 = /^utf-?16/i.test(charset)
  if (!isUtf16 && !(first === 255 && second === 254) && !(first === 254 && second === 255))
    return buffer.toString('utf8')
  // RFC 2781 4.3: without a mark and without a word about it the big end comes first; most senders mean the other.
  const isBigEndian = (first === 254 && second === 255) || /be$/i.test(charset) || (first === 0 && second !== 0)
  return new TextDecoder(isBigEndian ? 'utf-16be' : 'utf-16le').decode(buffer)
}
