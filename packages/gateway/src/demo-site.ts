import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { GatewayConfig } from '@drawbridge/config'

const TICK_MS = 1000
const MAX_TICKS = 60

/** The small site behind `backend: demo`. */
export interface DemoSite {
  readonly origin: string
  close(): void
}

/** Starts the demo site on a free port of the loopback address. */
export async function startDemoSite(): Promise<DemoSite> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  server.unref()
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** Whether any route is served by the demo site. */
export function wantsDemoSite({ routes }: GatewayConfig): boolean {
  return routes.some(({ backend }) => backend.kind === 'demo')
}

/** The configuration with the demo site's address where it says `backend: demo`. */
export function withDemoSite(config: GatewayConfig, origin: string): GatewayConfig {
  const routes = config.routes.map((route) =>
    route.backend.kind === 'demo' ? { ...route, backend: { ...route.backend, kind: 'http' as const, origin } } : route,
  )
  return { ...config, routes }
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  request.resume()
  const path = request.url?.split('?', 1)[0]
  if (path === '/') return sendPage(request, response)
  if (path === '/headers') return sendHeaders(request, response)
  if (path === '/events') return sendEvents(response)
  response
    .writeHead(404, { 'content-type': 'text/plain; charset=utf-8' })
    .end('There is nothing here. Try / or /headers or /events.\n')
}

/** Browsers get a page, everybody else a few lines of text. */
function sendPage(request: IncomingMessage, response: ServerResponse): void {
  if (!(request.headers.accept ?? '').includes('text/html')) {
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end(textFor(request))
    return
  }
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(PAGE)
}

/** What reaches a backend: the headers that the gateway sent. */
function sendHeaders(request: IncomingMessage, response: ServerResponse): void {
  const body = `${JSON.stringify({ method: request.method, url: request.url, headers: request.headers }, null, 2)}\n`
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(body)
}

/** A server-sent event a second, for a minute. */
function sendEvents(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  let count = 0
  const timer = setInterval(() => {
    count += 1
    response.write(`data: ${JSON.stringify({ count, time: new Date().toISOString() })}\n\n`)
    if (count === MAX_TICKS) response.end()
  }, TICK_MS)
  response.on('close', () => clearInterval(timer))
  response.flushHeaders()
}

/** The commands name the gateway by the host and port that the client asked for. */
function textFor({ headers }: IncomingMessage): string {
  const host = headers['x-forwarded-host'] ?? headers.host ?? 'localhost'
  return `It works: Drawbridge has passed your request to its demo site.

  curl ${host}/headers     what a backend gets to see
  curl -N ${host}/events   a stream, one event a second

Next: put your own host into a file in routes/ (docs/guide.md).
`
}

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Drawbridge is up</title>
<style>
:root { color-scheme: light dark; font: 1.05rem/1.6 system-ui, sans-serif; }
body { max-width: 38rem; margin: 12vh auto; padding: 0 1.5rem; }
h1 { font-size: 1.6rem; }
code { background: color-mix(in srgb, currentColor 10%, transparent); padding: .1em .35em; border-radius: .3em; }
</style>
</head>
<body>
<h1>It works.</h1>
<p>Drawbridge has passed your request to its demo site. See <a href="/headers">what a backend gets to see</a>,
or a <a href="/events">stream of events</a>.</p>
<p>Next: put your own host into a file in <code>routes/</code>. It is taken as soon as you save it.</p>
</body>
</html>
`
