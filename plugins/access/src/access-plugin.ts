import {
  createDnsNames,
  type DnsNames,
  definePlugin,
  type Plugin,
  type RequestRecord,
  type ResolveName,
  type Service,
} from '@drawbridge/plugin-kit'
import { checkAccess } from './check-access.ts'
import { AddressRefused } from './errors.ts'
import { AccessOptions } from './options.ts'
import { compilePathRules, type PathRules } from './path-rules.ts'

/** What the routes share: the names they follow. */
interface AccessService extends Service {
  readonly names: DnsNames
}

/** Makes the plugin; DNS names are looked up with `resolve`, or with the machine's name servers. */
export function createAccessPlugin(resolve?: ResolveName): Plugin<typeof AccessOptions> {
  const plugin = definePlugin({
    name: 'access',
    key: 'access',
    phase: 'gate',
    after: ['bans', 'maintenance'],
    isOnByDefault: false,
    options: AccessOptions,
    check: checkAccess,
    service: ({ clock, log }): AccessService => {
      const names = createDnsNames({ clock, log, ...(resolve === undefined ? {} : { resolve }) })
      return { names, stop: () => names.stop() }
    },
    wire(app, options, host) {
      const rules = compilePathRules(options, host.service<AccessService>(plugin).names)
      app.addHook('onRequest', (request, _reply, done) => done(refuse(request.gateway, rules)))
      app.addHook('onClose', (_app, done) => {
        rules.release()
        done()
      })
    },
  })
  return plugin
}

function refuse(record: RequestRecord, rules: PathRules): Error | undefined {
  const list = rules.judge(record.clientAddress, record.policyPath)
  if (list === undefined) return undefined
  record.note({ by: 'access', what: 'refused', facts: { list } })
  return new AddressRefused()
}
