import { textOf } from './charset.ts'
import { detectMarkupCode } from './detect/code.ts'
import { looksLikeForm, parseForm } from './parse/form.ts'
import { parseJson } from './parse/json.ts'
import { boundaryOf, parseMultipart } from './parse/multipart.ts'
import { parseXml } from './parse/xml.ts'
import type { PartInspector } from './part-inspector.ts'

const BINARY =
  /^(?:image|video|audio|font)\/|^application\/(?:octet-stream|x-protobuf|protobuf|grpc|zip|gzip|x-gzip|pdf|x-tar|wasm|vnd\.|x-www-form-urlencoded-gzip|x-git|x-binary|msgpack|x-msgpack|cbor)/

/** Whether a body of this content type (in lower case) is looked at: not pictures, archives and the like. */
export function isInspectable(contentType: string): boolean {
  return !BINARY.test(contentType) || contentType.includes('json') || contentType.includes('xml')
}

/** Inspects a body as what its content type says it is, or as what it looks like where that says nothing. */
export function inspectBody(body: Uint8Array, contentType: string, inspector: PartInspector): void {
  if (inspector.isExcluded('body')) return
  if (!isInspectable(contentType)) return
  const text = textOf(body, contentType)
  inspector.enterBody(text)
  const boundary = contentType.startsWith('multipart/') ? boundaryOf(contentType) : ''
  if (boundary !== '') parseMultipart(text, boundaryFromText(text, boundary), inspector)
  else if (contentType.includes('json')) inspectJson(text, inspector)
  else if (contentType.startsWith('application/x-www-form-urlencoded')) inspectForm(text, inspector)
  else if (contentType.includes('xml')) inspectXml(text, inspector)
  else inspectUnknown(text, inspector)
}

/** The content type was lowered for comparing; the boundary is compared without case here. */
function boundaryFromText(text: string, boundary: string): string {
  const start = text.indexOf('--')
  if (start < 0) return boundary
  const found = text.slice(start + 2, start + 2 + boundary.length)
  return found.toLowerCase() === boundary ? found : boundary
}

function inspectJson(text: string, inspector: PartInspector): void {
  if (!parseJson(text, { start: 0, end: text.length }, inspector)) inspector.value(text, 0, text.length, false)
}

/** What is sent as a form may be JSON all the same; a text without `=` is a value. */
function inspectForm(text: string, inspector: PartInspector): void {
  const first = text.charCodeAt(0)
  if ((first === 123 || first === 91) && parseJson(text, { start: 0, end: text.length }, inspector)) return
  parseForm(text, { start: 0, end: text.length }, inspector)
}

function inspectXml(text: string, inspector: PartInspector): void {
  inspectMarkup(text, inspector)
  parseXml(text, { start: 0, end: text.length }, inspector)
}

/** Document types and entities stand in the head of a document. */
function inspectMarkup(text: string, inspector: PartInspector): void {
  const head = text.slice(0, 4000)
  for (let at = head.indexOf('<!'); at >= 0; at = head.indexOf('<!', at + 2))
    inspector.probe(head, at, detectMarkupCode)
  for (let at = head.indexOf('<xi:'); at >= 0; at = head.indexOf('<xi:', at + 2))
    inspector.probe(head, at, detectMarkupCode)
}

function inspectUnknown(text: string, inspector: PartInspector): void {
  const first = text.charCodeAt(0)
  const bounds = { start: 0, end: text.length }
  if (isBinary(text)) return
  if ((first === 123 || first === 91) && parseJson(text, bounds, inspector)) return
  if (looksLikeForm(text, bounds, 1)) parseForm(text, bounds, inspector)
  else inspector.value(text, 0, text.length, false)
}

/** Control characters among the first ones: no text, and no backend that was told nothing reads a form into it. */
function isBinary(text: string): boolean {
  const length = Math.min(text.length, 512)
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index)
    if (code < 9 || (code > 13 && code < 32 && code !== 27)) return true
  }
  return false
}
