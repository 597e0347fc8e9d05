import {
  compileAddressRules,
  definePlugin,
  type Plugin,
  type ResolveName,
  type ServiceHost,
} from '@drawbridge/plugin-kit'
import { addBanEndpoints } from './ban-endpoints.ts'
import { BansService } from './bans-service.ts'
import { checkBans } from './check-bans.ts'
import { COMMANDS } from './commands.ts'
import { AddressBanned } from './errors.ts'
import { BansOptions } from './options.ts'
import { EVENTS, MIGRATIONS, TABLES } from './tables.ts'

/** Makes the plugin; DNS names are looked up with `resolve`, or with the machine's name servers. */
export function createBansPlugin(resolve?: ResolveName): Plugin<typeof BansOptions> {
  const serviceOf = (host: ServiceHost) => host.service<BansService>(plugin)
  const plugin: Plugin<typeof BansOptions> = definePlugin({
    name: 'bans',
    key: 'bans',
    phase: 'gate',
    // Costs one comparison while nobody is banned; without it the bans of other plugins would do nothing.
    isOnByDefault: true,
    options: BansOptions,
    problemsWhenOff: [
      {
        path: [],
        severity: 'warning',
        code: 'no-bans',
        message: 'who is banned, by hand or by a rule, reaches this route all the same',
      },
    ],
    check: checkBans,
    wire(app, { exempt }, host) {
      const service = serviceOf(host)
      const { index } = service
      const { clock, routeHost, inFlight } = host
      const rules = compileAddressRules(exempt, { names: service.names })
      const unwatch = service.watch({ routeHost, inFlight, isExempt: rules.has })
      app.addHook('onReady', () => service.loaded())
      app.addHook('onRequest', (request, reply, done) => {
        if (index.isEmpty) return done()
        const record = request.gateway
        const ban = index.find(record.clientAddress, routeHost, clock.wallNow())
        if (ban === undefined || rules.has(record.clientAddress)) return done()
        record.note({ by: 'bans', what: 'refused', facts: { ban_id: ban.id, rule: ban.rule } })
        // Behind a proxy the connection is others' too.
        if (!record.isTrustedPeer) reply.header('connection', 'close')
        done(new AddressBanned())
      })
      app.addHook('onClose', (_app, done) => {
        unwatch()
        rules.release()
        done()
      })
    },
    service: (host) => new BansService(host, resolve),
    banList: serviceOf,
    admin: (app, host) => addBanEndpoints(app, host, serviceOf(host)),
    commands: COMMANDS,
    tables: TABLES,
    migrations: MIGRATIONS,
    events: EVENTS,
  })
  return plugin
}
