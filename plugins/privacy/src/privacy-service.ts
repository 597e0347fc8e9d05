import { join } from 'node:path'
import type { Service, ServiceHost } from '@drawbridge/plugin-kit'
import { type BreachClock, startBreachClock } from './breach-clock.ts'
import { createErasures, type Erasures } from './erasures.ts'
import { createFingerprints, type Fingerprints } from './fingerprints.ts'

const HOUR_MS = 3_600_000

/** What the plugin keeps over reloads. */
export interface PrivacyService extends Service {
  readonly fingerprints: Fingerprints
  readonly erasures: Erasures
  readonly breachClock: BreachClock
}

/** Starts the plugin's service: it applies forgotten erasures again whenever the database is there, and watches breach files. */
export function createPrivacyService(host: ServiceHost): PrivacyService {
  const { dataFolder } = host.installation
  const fingerprints = createFingerprints(join(dataFolder, 'keys/privacy.key'))
  const erasures = createErasures({ host, fingerprints, listFile: join(dataFolder, 'privacy/erasures.jsonl') })
  const breachClock = startBreachClock(host)
  let isReapplying = false
  const reapply = () => {
    if (isReapplying) return
    isReapplying = true
    erasures
      .reapply()
      .catch((error) =>
        host.log.error({ err: error }, 'erasures that the database may not know could not be done again'),
      )
      .finally(() => {
        isReapplying = false
      })
  }
  host.storage.onReady(() => {
    reapply()
    void breachClock.check()
  })
  // Also tries again what failed, and forgets entries that are not needed any more.
  const stopReapplying = host.clock.every(HOUR_MS, reapply)
  return {
    fingerprints,
    erasures,
    breachClock,
    async stop() {
      stopReapplying()
      await Promise.all([breachClock.stop(), erasures.settled()])
    },
  }
}
