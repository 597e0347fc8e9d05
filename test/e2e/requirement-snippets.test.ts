import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig } from '@drawbridge/config'
import * as shipped from '@drawbridge/gateway/plugins'
import t from 'tap'
import { writeFolder } from '../support/gateway-process.ts'

const REQUIREMENTS = join(import.meta.dirname, '../../../shared/docs/requirements.md')
const FEATURES = [14, 15, 16, 18, 20, 22, 23, 24, 25]

if (!existsSync(REQUIREMENTS)) {
  t.plan(0, 'the requirement is not here: ../shared/docs/requirements.md')
} else {
  const text = readFileSync(REQUIREMENTS, 'utf8')
  for (const feature of FEATURES) {
    for (const [index, snippet] of yamlOf(text, feature).entries()) {
      t.test(`snippet ${index + 1} of #${feature} loads as it is written`, async (t) => {
        const isRoute = /^host:/m.test(snippet)
        const folder = writeFolder(t, {
          'drawbridge.yaml': '{}\n',
          'routes/snippet.yaml': isRoute ? snippet : `host: a.test\nbackend: http://b:80\n${snippet}`,
        })
        const { config, findings } = loadConfig({
          file: join(folder, 'drawbridge.yaml'),
          plugins: Object.values(shipped),
        })
        t.strictSame(
          findings.filter(({ severity }) => severity === 'error'),
          [],
        )
        t.equal(config?.routes.length, isRoute ? snippet.match(/^host:/gm)?.length : 1)
      })
    }
  }
}

/** The YAML blocks of one feature's section. */
function yamlOf(text: string, feature: number): string[] {
  const start = text.indexOf(`### ${feature}. `)
  const section = text.slice(start, text.indexOf('\n### ', start + 1))
  return [...section.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, snippet = '']) => snippet)
}
