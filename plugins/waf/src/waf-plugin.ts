import { definePlugin, type Plugin, type Service, type ServiceHost } from '@drawbridge/plugin-kit'
import { BlockRecorder } from './block-recorder.ts'
import { checkWaf } from './check-waf.ts'
import { COMMANDS } from './commands.ts'
import { Guard } from './guard.ts'
import { WafOptions } from './options.ts'
import { compilePolicy } from './route-policy.ts'
import { EVENTS, MIGRATIONS, TABLES } from './tables.ts'
import { ValueInspector } from './value-inspector.ts'
import { addEndpoints } from './waf-endpoints.ts'

/** What all routes of a process share. */
interface WafService extends Service {
  readonly inspector: ValueInspector
  readonly recorder: BlockRecorder
}

const identity = { name: 'waf', service: createWafService }

/** The manifest: what the gateway knows about this plugin. */
export const plugin: Plugin<typeof WafOptions> = definePlugin({
  ...identity,
  key: 'waf',
  phase: 'guard',
  after: ['limits', 'rate-limit'],
  isOnByDefault: true,
  options: WafOptions,
  presets: { pterodactyl: { preset: 'pterodactyl' }, vaultwarden: { preset: 'vaultwarden' } },
  check: checkWaf,
  wire(app, options, host) {
    const { inspector, recorder } = host.service<WafService>(identity)
    const policy = compilePolicy(options, inspector)
    const guard = new Guard(policy, host, recorder)
    if (guard.isIdle) return
    app.addHook('onRequest', (request, reply, done) => guard.judge(request, reply, done))
  },
  admin: (app, host) => addEndpoints(app, host, host.service<WafService>(identity).inspector),
  commands: COMMANDS,
  tables: TABLES,
  migrations: MIGRATIONS,
  events: EVENTS,
})

function createWafService(host: ServiceHost): WafService {
  const recorder = new BlockRecorder(host)
  return { inspector: new ValueInspector(), recorder, stop: () => recorder.stop() }
}
