export { applyToReply } from './apply-to-reply.ts'
export { type Clock, systemClock } from './clock.ts'
export type {
  BodySink,
  BodySource,
  Dispatch,
  DispatchController,
  DispatchHandler,
  Framing,
  Interceptor,
  ResponseHead,
  UpstreamHead,
  UpstreamRequest,
} from './dispatch.ts'
export { Duration, formatDuration, parseDuration } from './duration.ts'
export { type DetailedError, type PublicDetails, withDetails } from './errors.ts'
export type { Exchange, ExchangePhase, WaitingFor } from './exchange.ts'
export { compileHeaderEdits, dropHeader, type HeaderEdit, type HeaderEditor, headerValue } from './header-edits.ts'
export { createServices, type Host, type Log, type ServiceDependencies, type Services } from './host.ts'
export { deepFreeze, type Problem, type Resolution, resolveOptions } from './options.ts'
export { mostSpecific, PathPattern, type PathPatternValue, parsePathPattern } from './path-pattern.ts'
export { PHASES, type Phase } from './phase.ts'
export {
  definePlugin,
  type Plugin,
  type PluginDefinition,
  type PluginRoute,
  type ResponsePart,
  type Service,
  type UpstreamPart,
} from './plugin.ts'
export { parseRate, Rate, type RateValue } from './rate.ts'
export { type BodyLimit, type Decision, type RequestFacts, RequestRecord } from './request-record.ts'
export { formatSize, parseSize, Size } from './size.ts'
export { compileTemplate, TEMPLATE_VARIABLES, type Template } from './template.ts'
export { type KindBounds, toPlainSchema } from './value-kind.ts'
