import { Transform } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { BodyLimit } from './request-record.ts'

/**
 * Counts chunked bodies in an app outside the gateway, as the forwarder does inside it: what passes
 * `record.requestBodyLimit` is refused with the limit's error. A declared length is judged by the plugins themselves.
 */
export function addStandaloneBodyLimit(app: FastifyInstance): void {
  app.addHook('preParsing', (request, reply, payload, done) => {
    const { requestBodyLimit: limit, declaredBodyBytes } = request.gateway
    if (limit === undefined || declaredBodyBytes !== -1) return done(null, payload)
    const counted = countingStream(limit)
    counted.once('error', () => {
      // The rest is read and thrown away, or the answer would not reach a client that is still sending.
      reply.header('connection', 'close')
      payload.resume()
    })
    payload.once('error', (error) => counted.destroy(error))
    done(null, payload.pipe(counted))
  })
}

function countingStream(limit: BodyLimit): Transform {
  let bytes = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      bytes += chunk.length
      if (bytes > limit.maxBytes) callback(limit.error(bytes))
      else callback(null, chunk)
    },
  })
}
