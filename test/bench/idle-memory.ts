/**
 * Resident memory of the built gateway with 10 routes, a minute after its start, without traffic.
 * Run (after `npm run build`): node --conditions=@drawbridge/source test/bench/idle-memory.ts [SECONDS]
 */
import { startProcess } from '../support/gateway-process.ts'
import { runScript, wait } from '../support/script.ts'

const ROUTES = 10
const seconds = Number(process.argv[2] ?? 60)

await runScript(async (t, report) => {
  const files = Object.fromEntries(
    Array.from({ length: ROUTES }, (_, index) => [
      `routes/${index}.yaml`,
      `host: site-${index}.test\nbackend: http://127.0.0.1:9\n`,
    ]),
  )
  const gateway = await startProcess(t, { files, isBuilt: true })
  await wait(seconds * 1000)
  const mib = gateway.rssMiB()
  report.add(`resident memory after ${seconds} s`, `${mib.toFixed(0)} MiB`, '<= 150 MiB', mib <= 150)
  await gateway.stop()
})
