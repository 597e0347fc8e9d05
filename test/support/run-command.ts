import { spawn } from 'node:child_process'
import { commandLine } from './gateway-process.ts'

/** What a command printed, and how it ended. */
export interface CommandResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs `drawbridge ARGS` in a folder and waits for its end. */
export function runCommand(cwd: string, ...args: readonly string[]): Promise<CommandResult> {
  const child = spawn(process.execPath, commandLine(args), { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })))
}
