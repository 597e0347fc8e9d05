import type { preSerializationHookHandler } from 'fastify'

/** Adds the address of the next page to lists that have one (RFC 8288), for clients that follow links. */
export const addNextLink: preSerializationHookHandler = (request, reply, payload, done) => {
  const { next_cursor: cursor } = (payload ?? {}) as { next_cursor?: unknown }
  if (typeof cursor === 'string') {
    const next = new URL(request.url, 'http://localhost')
    next.searchParams.set('cursor', cursor)
    reply.header('link', `<${next.pathname}${next.search}>; rel="next"`)
  }
  done(null, payload)
}
