import { parseArgs } from 'node:util'
import { fuzzRequests } from './request-fuzz.ts'
import { fuzzResponses } from './response-fuzz.ts'

// Long runs with figures, for people; short ones with a fixed seed are part of the tests.
const { positionals } = parseArgs({ allowPositionals: true })
const count = Number(positionals[0] ?? 20_000)
const seed = Number(positionals[1] ?? Math.floor(Math.random() * 2 ** 32))

const faults: string[] = []
process.on('uncaughtException', (error) => faults.push(`uncaught: ${error.stack}`))
process.on('unhandledRejection', (error) => faults.push(`unhandled: ${error}`))

const requests = await runRequests()
const responses = await fuzzResponses(count, seed)
console.log('requests', {
  ...requests.figures,
  violations: requests.figures.violations.length,
  leaked: requests.leaked,
})
console.log('responses', { ...responses, violations: responses.violations.length })
for (const fault of faults) console.error(fault)
for (const { problem, bytes } of requests.figures.violations)
  console.error(`request: ${problem}\n  ${JSON.stringify(bytes)}`)
for (const { problem, method, bytes } of responses.violations)
  console.error(`response to ${method}: ${problem}\n  ${JSON.stringify(bytes)}`)
if (requests.figures.violations.length + responses.violations.length + faults.length + requests.leaked > 0) {
  console.error(`reproduce with: node --conditions=@drawbridge/source test/security/mutate.ts ${count} ${seed}`)
  process.exitCode = 1
}

async function runRequests() {
  const cleanUp: (() => unknown)[] = []
  const figures = await fuzzRequests({ teardown: (action) => cleanUp.push(action) }, count, seed)
  for (const action of cleanUp.reverse()) await action()
  await new Promise((resolve) => setTimeout(resolve, 100))
  const leaked = process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length
  return { figures, leaked }
}
