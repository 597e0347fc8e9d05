import { execFile, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { listen, type Teardown } from '../support/fixtures.ts'
import { type GatewayProcess, startProcess, writeFolder } from '../support/gateway-process.ts'

// The built gateway between programs that nobody here wrote: curl in front, nginx behind. Needs both, and `npm run build`.

const run = promisify(execFile)
const FILE = randomBytes(3 * 1024 * 1024)

t.before(() => {
  if (!existsSync(join(import.meta.dirname, '../../packages/gateway/dist/cli.js')))
    throw new Error('run `npm run build` first')
})

t.test(
  'curl gets a file from nginx through the gateway, whole, in part, and not at all when it knows it',
  async (t) => {
    const { gateway, folder } = await start(t)
    const whole = join(folder, 'whole')
    await curl(gateway, '/file.bin', '-o', whole)
    t.equal(sha(readFileSync(whole)), sha(FILE))
    const part = await curl(gateway, '/file.bin', '-r', '100-199', '-D', '-', '-o', join(folder, 'part'))
    t.match(part, /^HTTP\/1\.1 206 /)
    t.strictSame(readFileSync(join(folder, 'part')), FILE.subarray(100, 200))
    const etag = /etag: (\S+)/i.exec(await curl(gateway, '/file.bin', '-I'))?.[1]
    t.match(
      await curl(gateway, '/file.bin', '-D', '-', '-o', '/dev/null', '-H', `If-None-Match: ${etag}`),
      /^HTTP\/1\.1 304 /,
    )
  },
)

t.test('curl uploads with a length, chunked, and after asking for permission', async (t) => {
  const { gateway, folder, uploads } = await start(t)
  const source = join(folder, 'upload')
  writeFileSync(source, FILE)
  await curl(gateway, '/up/length', '-T', source)
  await curl(gateway, '/up/chunked', '-T', source, '-H', 'Transfer-Encoding: chunked')
  await curl(gateway, '/up/asked', '-T', source, '-H', 'Expect: 100-continue')
  for (const name of ['length', 'chunked', 'asked']) t.equal(sha(readFileSync(join(uploads, name))), sha(FILE), name)
})

t.test('curl speaks HTTP/1.0, HEAD and many requests over one connection', async (t) => {
  const { gateway } = await start(t)
  t.match(await curl(gateway, '/', '--http1.0', '-i'), /^HTTP\/1\.\d 200 [\s\S]*hello from nginx/)
  t.match(await curl(gateway, '/', '-I'), /content-length: 17/i)
  const { stderr } = await run('curl', [
    '-sv',
    ...['/', '/', '/'].flatMap((path) => ['-H', 'Host: nginx.test', gateway.url + path, '-o', '/dev/null']),
  ])
  t.equal(stderr.match(/Re-using existing connection/g)?.length, 2)
})

t.test('what nginx compresses stays compressed, and its redirects stay its own', async (t) => {
  const { gateway } = await start(t)
  t.match(
    await curl(gateway, '/text.txt', '-H', 'Accept-Encoding: gzip', '-D', '-', '-o', '/dev/null'),
    /content-encoding: gzip/i,
  )
  t.match(await curl(gateway, '/old', '-i'), /^HTTP\/1\.1 301 [\s\S]*location: \/new/i)
})

t.test('when nginx stops and starts again, the gateway answers 502 and then goes on', async (t) => {
  const { gateway, restart, stop } = await start(t)
  await stop()
  t.equal(await curl(gateway, '/', '-o', '/dev/null', '-w', '%{http_code}'), '502')
  await restart()
  t.match(await curl(gateway, '/'), /hello from nginx/)
})

interface Stage {
  readonly gateway: GatewayProcess
  readonly folder: string
  readonly uploads: string
  stop(): Promise<void>
  restart(): Promise<void>
}

async function start(t: Teardown): Promise<Stage> {
  const port = await freePort()
  const folder = writeFolder(t, { 'www/index.html': 'hello from nginx\n', 'www/text.txt': 'compress me '.repeat(1000) })
  const uploads = join(folder, 'www/up')
  mkdirSync(uploads)
  writeFileSync(join(folder, 'www/file.bin'), FILE)
  writeFileSync(join(folder, 'nginx.conf'), nginxConf(folder, port))
  const nginx = createNginx(t, folder, port)
  await nginx.restart()
  const gateway = await startProcess(t, {
    files: { 'routes/nginx.yaml': `host: nginx.test\nbackend: http://127.0.0.1:${port}\n` },
    isBuilt: true,
  })
  return { gateway, folder, uploads, ...nginx }
}

function nginxConf(folder: string, port: number): string {
  return `daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log; user root; worker_processes 1;
events {}
http {
  access_log off; gzip on; gzip_types text/plain; gzip_proxied any; default_type text/plain;
  client_body_temp_path ${folder}/body;
  server {
    listen 127.0.0.1:${port}; root ${folder}/www; client_max_body_size 10m; absolute_redirect off;
    location /up/ { dav_methods PUT; client_body_in_file_only off; }
    location = /old { return 301 /new; }
  }
}
`
}

function createNginx(t: Teardown, folder: string, port: number): Pick<Stage, 'stop' | 'restart'> {
  let child: ReturnType<typeof spawn> | undefined
  const stop = async () => {
    if (child === undefined) return
    const ended = new Promise((resolve) => child?.once('exit', resolve))
    child.kill('SIGTERM')
    await ended
    child = undefined
  }
  t.teardown(stop)
  return {
    stop,
    async restart() {
      child = spawn('nginx', ['-c', join(folder, 'nginx.conf')], { stdio: 'ignore' })
      await run('curl', [
        '-s',
        '--retry',
        '50',
        '--retry-connrefused',
        '--retry-delay',
        '0',
        '--retry-max-time',
        '10',
        `http://127.0.0.1:${port}/`,
      ])
    },
  }
}

async function curl(gateway: GatewayProcess, path: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run('curl', ['-s', '-H', 'Host: nginx.test', ...args, gateway.url + path])
  return stdout
}

async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}

function sha(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
