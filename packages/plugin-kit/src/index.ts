export { type AccountRead, createAccountRead } from './account-read.ts'
export {
  type AddressList,
  type AddressRange,
  addressKey,
  clientKey,
  compileAddressList,
  listOf,
  networkOf,
  parseAddressRange,
} from './address-list.ts'
export {
  type AddressRules,
  type AddressRulesContext,
  checkAddressEntries,
  compileAddressRules,
} from './address-rules.ts'
export { formatAddress, formatAddressRange, prefixOf } from './address-text.ts'
export {
  type Caller,
  decodeCursor,
  encodeCursor,
  listAnswer,
  listQuery,
  ROLES,
  type Role,
  toPage,
} from './admin-api.ts'
export { applyToReply } from './apply-to-reply.ts'
export { type Actor, type AuditEntry, type AuditSource, type AuditTrail, noAuditTrail } from './audit-trail.ts'
export { BanDuration, checkBanDuration, parseBanDurations } from './ban-durations.ts'
export { type BanCause, type BanList, type BanRequest, noBanList } from './ban-list.ts'
export { type PeekedRequest, type PeekListener, peekBody } from './body-peek.ts'
export { type Clock, systemClock } from './clock.ts'
export type { ApiCall, Command, CommandInput, CommandOutput } from './command.ts'
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
export {
  createDnsNames,
  type DnsNames,
  type DnsNamesParts,
  type FollowedName,
  isDnsName,
  type ResolveName,
} from './dns-names.ts'
export { Duration, formatDuration, parseDuration } from './duration.ts'
export { type DetailedError, type PublicDetails, withDetails } from './errors.ts'
export { createEvents, type EventDefinition, type Events, type GatewayEvent } from './events.ts'
export type { Exchange, ExchangePhase, WaitingFor } from './exchange.ts'
export { compileHeaderEdits, dropHeader, type HeaderEdit, type HeaderEditor, headerValue } from './header-edits.ts'
export { createServices, type Host, type Log, type ServiceHost, type ServiceHostParts, type Services } from './host.ts'
export { type InFlightEntry, InFlightList, type InFlightRequest } from './in-flight.ts'
export {
  type ConfigurationFile,
  type ConfigurationState,
  type Installation,
  type LiveRoute,
  noInstallation,
} from './installation.ts'
export { commonStart, parseMaskedAddress } from './masked-address.ts'
export { MinuteCounter } from './minute-counter.ts'
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
export { parsePointInTime } from './point-in-time.ts'
export { noPseudonyms, type Pseudonyms } from './pseudonyms.ts'
export { parseRate, Rate, type RateValue } from './rate.ts'
export { plainRedactor, type Redactor, redactFacts } from './redactor.ts'
export { type EntryContext, RequestEntry } from './request-entry.ts'
export { type BodyLimit, type Decision, isFromNobody, type RequestFacts, RequestRecord } from './request-record.ts'
export { formatSize, parseSize, Size } from './size.ts'
export type { RowTable, RowWrite, SqlValue, StatementWrite } from './sql.ts'
export { noStorage, type Storage, type StorageStats } from './storage.ts'
export {
  type FileStore,
  type FoundRecord,
  type Migration,
  type PersonalData,
  type PersonalDataCategory,
  type Purged,
  RETENTION_CLASSES,
  type RetentionClass,
  type Subject,
  type TableDefinition,
} from './stored-data.ts'
export { compileTemplate, TEMPLATE_VARIABLES, type Template } from './template.ts'
export { type KindBounds, toPlainSchema } from './value-kind.ts'
