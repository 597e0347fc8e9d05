import { definePlugin } from '@drawbridge/plugin-kit'
import { loadPages } from './custom-pages.ts'
import { createErrorHandler } from './error-handler.ts'
import { compileIntercept } from './intercept.ts'
import { ErrorPagesOptions } from './options.ts'

/** The manifest: what the gateway knows about this plugin. */
export const plugin = definePlugin({
  name: 'error-pages',
  key: 'error_pages',
  phase: 'respond',
  isOnByDefault: true,
  options: ErrorPagesOptions,
  check: ({ pages }) => loadPages(pages).problems,
  wire(app, options, host) {
    // Pages that cannot be used did not get past the check.
    const { pages } = loadPages(options.pages)
    app.setErrorHandler(createErrorHandler(options, pages, host))
  },
  response({ intercept }) {
    const replace = compileIntercept(intercept)
    return replace === undefined ? {} : { replace }
  },
})

export default plugin.route
export { ErrorPagesOptions } from './options.ts'
