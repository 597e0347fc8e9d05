import { definePlugin } from '@drawbridge/plugin-kit'
import type { onRequestHookHandler } from 'fastify'
import { checkOptions } from './check.ts'
import { compileCors } from './cors.ts'
import { requestEdits, responseEdits } from './edits.ts'
import { HeadersOptions } from './options.ts'
import { answerPreflights } from './preflight.ts'
import { presetRequiresJson } from './presets.ts'
import { requireJson } from './require-json.ts'

/** The manifest: what the gateway knows about this plugin. */
export const plugin = definePlugin({
  name: 'headers',
  key: 'headers',
  phase: 'shape',
  isOnByDefault: true,
  options: HeadersOptions,
  // Its clients open these pages in frames and popups for second factors and single sign-on.
  presets: { vaultwarden: { framed_paths: ['*-connector.html'] } },
  check: checkOptions,
  wire(app, options) {
    for (const hook of requestHooks(options)) app.addHook('onRequest', hook)
  },
  upstream: (options) => ({ headers: requestEdits(options) }),
  response: (options) => ({ headers: responseEdits(options) }),
})

function requestHooks(options: HeadersOptions): onRequestHookHandler[] {
  const cors = compileCors(options)
  const hooks: onRequestHookHandler[] = []
  if (cors !== undefined || writesPreflightAnswer(options)) hooks.push(answerPreflights(cors))
  if (presetRequiresJson(options)) hooks.push(requireJson)
  return hooks
}

/** Who writes down which origins may use which methods wants preflights answered so: the backend may not know OPTIONS. */
function writesPreflightAnswer({ response }: HeadersOptions): boolean {
  const names = new Set([response.add, response.set, response.default].flatMap((values) => Object.keys(values)))
  const lower = new Set([...names].map((name) => name.toLowerCase()))
  return lower.has('access-control-allow-origin') && lower.has('access-control-allow-methods')
}

export default plugin.route
export { UnsupportedMediaType } from './errors.ts'
export { HeadersOptions } from './options.ts'
