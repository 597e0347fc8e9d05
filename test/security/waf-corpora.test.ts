import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const CORPORA = join(import.meta.dirname, '../../../shared/corpora')

t.test(
  'the WAF engine reaches every bar of the public request collections',
  { skip: existsSync(CORPORA) ? false : 'no ../shared/corpora beside the repository' },
  async (t) => {
    const script = join(import.meta.dirname, 'waf-score.ts')
    const run = spawnSync(process.execPath, ['--conditions=@drawbridge/source', script], { encoding: 'utf8' })
    t.equal(run.status, 0, run.stderr)
    t.notMatch(run.stdout, /^LESS/m, run.stdout)
  },
)
