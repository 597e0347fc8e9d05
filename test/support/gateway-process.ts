import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Teardown } from './fixtures.ts'

const ROOT = join(import.meta.dirname, '../..')

/** How to start a gateway as a process of its own. */
export interface ProcessOptions {
  /** File contents by path, relative to the configuration's folder; `drawbridge.yaml` gets free ports if it is not given. */
  readonly files: Readonly<Record<string, string>>
  readonly args?: readonly string[]
  /** Run the built packages instead of the sources; build them first. */
  readonly isBuilt?: boolean
  readonly nodeArgs?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** A running gateway process. */
export interface GatewayProcess {
  readonly folder: string
  readonly port: number
  readonly url: string
  readonly pid: number
  readonly child: ChildProcess
  /** Everything printed so far. */
  output(): { readonly stdout: string; readonly stderr: string }
  /** Resolves once the output matches. Rejects when the process ends before. */
  waitFor(pattern: RegExp): Promise<void>
  /** Writes a file of the configuration, in one step as editors do it. */
  write(name: string, text: string): void
  /** Sends a signal and resolves to the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
  /** Resident memory in MiB. */
  rssMiB(): number
}

/** The command line as a child process would be given it. */
export function commandLine(
  args: readonly string[],
  { isBuilt = false, nodeArgs = [] }: Partial<ProcessOptions> = {},
): string[] {
  const entry = isBuilt ? 'packages/gateway/dist/cli.js' : 'packages/gateway/src/cli.ts'
  return [...nodeArgs, ...(isBuilt ? [] : ['--conditions=@drawbridge/source']), join(ROOT, entry), ...args]
}

/** Writes configuration files into a new folder that goes away with the test. */
export function writeFolder(t: Teardown, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'drawbridge-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

/** Starts `drawbridge run` and resolves once it listens. It ends with the test. */
export async function startProcess(t: Teardown, options: ProcessOptions): Promise<GatewayProcess> {
  const main = 'listen: { http: "127.0.0.1:0" }\nadmin: { listen: "127.0.0.1:0" }\n'
  const folder = writeFolder(t, { 'drawbridge.yaml': main, ...options.files })
  const args = commandLine(['run', '-c', folder, ...(options.args ?? [])], options)
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
  })
  const text = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text.stdout += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text.stderr += chunk))
  const ended = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)))
  t.teardown(() => {
    child.kill('SIGKILL')
    return ended
  })
  const waitFor = (pattern: RegExp) => waitForOutput(child, () => text.stdout + text.stderr, pattern)
  await waitFor(/next {2,}/)
  const port = Number(/listening +\S+:(\d+)/.exec(text.stderr)?.[1])
  return {
    folder,
    port,
    url: `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    child,
    output: () => text,
    waitFor,
    write: (name, contents) => writeFileSync(join(folder, name), contents),
    stop(signal = 'SIGTERM') {
      child.kill(signal)
      return ended
    },
    rssMiB: () => residentMiB(child.pid ?? 0),
  }
}

function waitForOutput(child: ChildProcess, read: () => string, pattern: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    const check = () => {
      if (!pattern.test(read())) return
      child.stdout?.off('data', check)
      child.stderr?.off('data', check)
      resolve()
    }
    child.stdout?.on('data', check)
    child.stderr?.on('data', check)
    child.once('exit', () => reject(new Error(`the gateway ended before it printed ${pattern}:\n${read()}`)))
    check()
  })
}

/** Resident memory of a process in MiB, as Linux counts it. */
export function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
}
