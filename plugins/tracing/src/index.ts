import { definePlugin, type HeaderEdit } from '@drawbridge/plugin-kit'
import { checkHeader } from './check-header.ts'
import { TracingOptions } from './options.ts'
import { createIdentifier } from './request-id.ts'
import { createPropagator } from './trace-propagation.ts'

/** The manifest: what the gateway knows about this plugin. */
export const plugin = definePlugin({
  name: 'tracing',
  key: 'tracing',
  phase: 'trace',
  isOnByDefault: true,
  options: TracingOptions,
  check: checkHeader,
  wire(app, options) {
    const identify = createIdentifier(options)
    const propagate = options.traceparent ? createPropagator(options) : undefined
    app.addHook('onRequest', (request, _reply, done) => {
      identify(request.gateway)
      propagate?.(request.gateway)
      done()
    })
  },
  upstream: (options) => ({ headers: [idEdit(options), ...(options.traceparent ? TRACE_EDITS : [])] }),
  response: (options) => ({ headers: options.response_header ? [idEdit(options)] : [] }),
})

/** `set` takes the place of whatever copies the client or the backend sent. */
function idEdit({ header }: TracingOptions): HeaderEdit {
  return { operation: 'set', name: header, value: (record) => record.requestId }
}

const TRACE_EDITS: readonly HeaderEdit[] = [
  { operation: 'set', name: 'traceparent', value: (record) => record.traceparent },
  { operation: 'set', name: 'tracestate', value: (record) => record.tracestate },
]

export default plugin.route
export { TracingOptions } from './options.ts'
