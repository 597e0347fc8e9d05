/**
 * 500 routes: how long until the first answer, how long until a changed file is in force, how much memory?
 * Run: node --conditions=@drawbridge/source test/bench/many-routes.ts [--built]
 */
import { createServer, request } from 'node:http'
import { listen } from '../support/fixtures.ts'
import { type GatewayProcess, startProcess } from '../support/gateway-process.ts'
import { runScript } from '../support/script.ts'

const ROUTES = 500
const CHANGES = 5
/** What the watcher waits for before it takes a change: not part of the time to take effect. */
const DEBOUNCE_MS = 200

await runScript(async (t, report) => {
  const backend = createServer((_incoming, response) => response.end('ok'))
  t.teardown(() => {
    backend.closeAllConnections()
    backend.close()
  })
  const port = await listen(backend)
  const routeFile = (index: number, mark: string) =>
    `host: site-${index}.test\nbackend: http://127.0.0.1:${port}\nheaders: { response: { add: { X-Mark: "${mark}" } } }\n`
  const files = Object.fromEntries(
    Array.from({ length: ROUTES }, (_, index) => [`routes/site-${index}.yaml`, routeFile(index, 'first')]),
  )

  const started = performance.now()
  const gateway = await startProcess(t, { files, isBuilt: process.argv.includes('--built') })
  await untilMark(gateway, ROUTES - 1, 'first')
  const startMs = performance.now() - started
  report.add(`${ROUTES} routes: start to first answer`, `${startMs.toFixed(0)} ms`, '< 5000 ms', startMs < 5000)
  report.add(`${ROUTES} routes: resident memory`, `${gateway.rssMiB().toFixed(0)} MiB`, 'for colour', true)

  const times: number[] = []
  for (let change = 0; change < CHANGES; change += 1) {
    const mark = `change-${change}`
    gateway.write('routes/site-250.yaml', routeFile(250, mark))
    const written = performance.now()
    await untilMark(gateway, 250, mark)
    times.push(performance.now() - written - DEBOUNCE_MS)
  }
  times.sort((a, b) => a - b)
  const worst = times.at(-1) ?? 0
  report.add(
    'a changed route takes effect after',
    `${worst.toFixed(0)} ms`,
    `< 150 ms after the debounce of ${DEBOUNCE_MS} ms; worst of ${CHANGES}, median ${times[CHANGES >> 1]?.toFixed(0)}`,
    worst < 150,
  )
  await gateway.stop()
})

async function untilMark(gateway: GatewayProcess, index: number, mark: string): Promise<void> {
  const end = performance.now() + 10_000
  while ((await askMark(gateway, index)) !== mark) {
    if (performance.now() > end)
      throw new Error(`site-${index}.test never answered with ${mark}:\n${gateway.output().stderr}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

function askMark(gateway: GatewayProcess, index: number): Promise<unknown> {
  return new Promise((resolve) => {
    const outgoing = request(
      { port: gateway.port, host: '127.0.0.1', headers: { host: `site-${index}.test` } },
      (response) => {
        response.resume()
        response.on('end', () => resolve(response.headers['x-mark']))
      },
    )
    outgoing.on('error', () => resolve(undefined))
    outgoing.end()
  })
}
