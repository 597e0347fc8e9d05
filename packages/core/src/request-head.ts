import type { IncomingMessage } from 'node:http'
import type { RequestRecord } from '@drawbridge/plugin-kit'
import { type ProxyTrust, resolveClientAddress } from './client-address.ts'
import { BadRequest, ExpectationFailed, LoopDetected } from './errors.ts'
import { normalisePath } from './normalise-path.ts'

/** What reading a request's head depends on besides the head. */
export interface HeadContext {
  readonly trust: ProxyTrust
  /** This instance's name in `Via`, to find loops. */
  readonly viaName: string
}

/**
 * Reads a request's head into its record: one pass over the raw headers. What HTTP forbids but the parser lets through ends
 * up in `record.refusal`, so that the refusal is traced, counted and answered like any other.
 */
export function readRequestHead(record: RequestRecord, request: IncomingMessage, context: HeadContext): void {
  const { rawHeaders } = record
  let bytes = 0
  let hosts = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    const value = rawHeaders[i + 1] as string
    bytes += name.length + value.length + 4
    switch (name.length) {
      case 3:
        if (name.toLowerCase() === 'via' && value.includes(context.viaName)) record.refusal = new LoopDetected()
        break
      case 4:
        if (name.toLowerCase() === 'host') {
          hosts += 1
          record.hostHeader = value
        }
        break
      case 6:
        if (name.toLowerCase() === 'expect') readExpect(record, value)
        break
      case 7:
        if (name.toLowerCase() === 'referer') record.referrer = value
        break
      case 10:
        if (name.toLowerCase() === 'user-agent') record.userAgent = value
        break
      case 14:
        if (name.toLowerCase() === 'content-length' && record.declaredBodyBytes !== -1) readContentLength(record, value)
        break
      case 17:
        if (name.toLowerCase() === 'transfer-encoding') readTransferEncoding(record, value)
        break
    }
  }
  record.headerBytes = bytes
  record.headerCount = rawHeaders.length / 2
  if (hosts > 1) record.refusal = new BadRequest('more than one Host header')
  if (record.httpVersion !== '1.1') judgeVersion(record)
  readTarget(record, request)
  if (record.isTrustedPeer) readForwarded(record, context.trust)
}

/** The parser has checked that it is a number; one that a double cannot hold would reach the backend as another. */
function readContentLength(record: RequestRecord, value: string): void {
  record.declaredBodyBytes = Number(value)
  if (!Number.isSafeInteger(record.declaredBodyBytes)) record.refusal = new BadRequest('an absurd Content-Length')
}

/** RFC 9112 6.1: chunked in HTTP/1.0 is faulty framing. RFC 9110 10.1.1: its clients know no `100 Continue`. */
function judgeVersion(record: RequestRecord): void {
  record.expectsContinue = false
  if (record.httpVersion !== '1.0') record.refusal = new BadRequest('neither HTTP/1.0 nor HTTP/1.1')
  else if (record.declaredBodyBytes === -1) record.refusal = new BadRequest('Transfer-Encoding in HTTP/1.0')
}

/** RFC 9112 6.1: a coding that is not understood must not pass as if it were none. */
function readTransferEncoding(record: RequestRecord, value: string): void {
  if (record.declaredBodyBytes === -1 || value.toLowerCase() !== 'chunked')
    record.refusal = new BadRequest('a transfer coding other than chunked')
  record.declaredBodyBytes = -1
}

function readExpect(record: RequestRecord, value: string): void {
  if (value.toLowerCase() === '100-continue') record.expectsContinue = true
  else record.refusal = new ExpectationFailed()
}

/** Takes host and path apart from an absolute-form target (RFC 9112 3.2.2), normalises the path, refuses other forms. */
function readTarget(record: RequestRecord, request: IncomingMessage): void {
  const target = record.target.charCodeAt(0) === 47 ? record.target : originForm(record)
  const path = target === undefined ? undefined : normalisePath(target)
  if (path === undefined) {
    record.refusal = new BadRequest('the request target cannot be read safely')
    // Fastify's router must not stumble over a target that is refused anyway.
    request.url = '/'
    return
  }
  if (target !== record.target) request.url = target as string
  record.path = path
  record.policyPath = path.toLowerCase()
}

function originForm(record: RequestRecord): string | undefined {
  const match = /^https?:\/\/([^/?#]+)([^#]*)$/i.exec(record.target)
  if (match === null) return undefined
  const [, authority = '', rest = ''] = match
  if (authority.toLowerCase() !== record.hostHeader.toLowerCase()) return undefined
  return rest.startsWith('/') ? rest : `/${rest}`
}

/** What trusted proxies say about the client and its connection. */
function readForwarded(record: RequestRecord, trust: ProxyTrust): void {
  const forwardedFor: string[] = []
  for (let i = 0; i < record.rawHeaders.length; i += 2) {
    const name = (record.rawHeaders[i] as string).toLowerCase()
    const value = record.rawHeaders[i + 1] as string
    if (name === 'x-forwarded-for') forwardedFor.push(value)
    else if (name === 'x-forwarded-proto') record.scheme = /^https\b/i.test(value.trim()) ? 'https' : 'http'
  }
  record.clientAddress = resolveClientAddress(record.peerAddress, forwardedFor, trust)
}
