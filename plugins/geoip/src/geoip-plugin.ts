import {
  compileAddressRules,
  definePlugin,
  type Host,
  type Plugin,
  type RequestRecord,
  type ResolveName,
} from '@drawbridge/plugin-kit'
import { addEndpoints } from './admin.ts'
import { awaitedEvents, checkGeoip } from './check-geoip.ts'
import { compilePolicy } from './country-policy.ts'
import { createGeoipService, type GeoipService } from './geoip-service.ts'
import { compilePaths, judgeLocation } from './judge-location.ts'
import { GeoipOptions } from './options.ts'
import { EVENTS, MIGRATIONS, TABLES } from './tables.ts'

/** Makes the plugin; DNS names are looked up with `resolve`, or with the machine's name servers. */
export function createGeoipPlugin(resolve?: ResolveName): Plugin<typeof GeoipOptions> {
  const plugin = definePlugin({
    name: 'geoip',
    key: 'geoip',
    phase: 'gate',
    after: ['bans', 'maintenance', 'access'],
    isOnByDefault: false,
    options: GeoipOptions,
    check: checkGeoip,
    awaits: awaitedEvents,
    service: (host) => createGeoipService(host, resolve),
    wire(app, options, host) {
      const service = host.service<GeoipService>(plugin)
      const route = serveRoute(options, host, service)
      app.addHook('onRequest', (request, _reply, done) => done(route.judge(request.gateway)))
      app.addHook('onClose', (_app, done) => {
        route.release()
        done()
      })
    },
    admin: (app, host) => addEndpoints(app, host.service<GeoipService>(plugin)),
    tables: TABLES,
    migrations: MIGRATIONS,
    events: EVENTS,
  })
  return plugin
}

/** Everything that one route holds on to: databases, followed names, the watch over its logins. */
function serveRoute(options: GeoipOptions, host: Host, service: GeoipService) {
  const { locator, release } = service.acquire(options.databases)
  const policy = compilePolicy(options)
  const exemptAddresses = compileAddressRules(options.exempt.addresses, { names: service.names })
  const rules = policy && { policy, exemptAddresses, exemptPaths: compilePaths(options.exempt.paths) }
  const unwatch = options.alert_on_unusual_country
    ? service.logins.watch(host.routeHost, () => host.routeId)
    : undefined
  return {
    judge(record: RequestRecord): Error | undefined {
      const location = locator.locate(record.clientAddress)
      record.country = location.country
      return rules === undefined ? undefined : judgeLocation(record, location, rules)
    },
    release() {
      release()
      exemptAddresses.release()
      unwatch?.()
    },
  }
}
