import type { Plugin } from '@drawbridge/plugin-kit'

/** A place in a file; line and column count from 1. */
export interface Position {
  /** As messages show it: the path the operator gave, or one beside it. */
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Where the gateway sends a route's requests. */
export interface Backend {
  /** As written, for messages to the operator; never shown to clients. */
  readonly source: string
  /** `demo` is the embedded demo site of `npm start`. */
  readonly kind: 'http' | 'https' | 'unix' | 'demo'
  /** Origin for the HTTP client: `http://host:port`; for unix sockets `http://localhost`. */
  readonly origin: string
  /** Path of the unix socket; only for `unix`. */
  readonly socketPath?: string
  /** Path prefix put before every request's path: `/app`, or empty. */
  readonly basePath: string
  /** TLS towards the backend; only for `https`. */
  readonly tls?: BackendTls
}

/** How a backend's certificate is judged. */
export interface BackendTls {
  /** False only if the operator said so. */
  readonly verify: boolean
  /** PEM text of the authorities to trust instead of the system's. */
  readonly ca?: string
  readonly serverName?: string
}

/** A plugin that is on for a route, with its resolved options. */
export interface PluginUse {
  readonly plugin: Plugin
  readonly options: Readonly<Record<string, unknown>>
}

/** One route: resolved and frozen. */
export interface RouteConfig {
  /** Normalised names, IPv6 in brackets; the first is the route's name; `*.example.org` is a wildcard. */
  readonly hosts: readonly string[]
  readonly backend: Backend
  /** What the backend gets as Host: what the client sent, its own address, or this name. */
  readonly hostHeader: 'preserve' | 'upstream' | { readonly name: string }
  /** Protocols (lower case) that a client may upgrade to; `websocket` by default. */
  readonly upgrades: readonly string[]
  /** Send an RFC 7239 `Forwarded` header besides `X-Forwarded-*`. */
  readonly forwarded: boolean
  /** The plugins that are on, in the order of their phases. */
  readonly plugins: readonly PluginUse[]
  /** Equal hashes mean nothing changed. */
  readonly hash: string
  /** Where the route begins. */
  readonly position: Position
}

/**
 * What the default answer (unknown hosts) runs: the trace, gate, guard, respond and record plugins with `defaults:`.
 */
export type DefaultRouteConfig = Pick<RouteConfig, 'plugins' | 'hash'>

/** A listening address. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
}

/** The whole configuration: resolved and frozen. */
export interface GatewayConfig {
  /** Absolute path of drawbridge.yaml, or of the file that stands for it; it need not exist. */
  readonly file: string
  readonly listen: {
    readonly http: ListenAddress
    /** Milliseconds a client may take for a request's head. */
    readonly headerTimeoutMs: number
    /** Milliseconds a client connection may be idle between requests, unless a route says otherwise. */
    readonly idleTimeoutMs: number
    /** Bytes of a request's head that are parsed at all; a route's `limits` can only be stricter. */
    readonly maxHeaderBytes: number
  }
  readonly admin: {
    readonly listen: ListenAddress
    /** Further host names under which it may be reached. */
    readonly allowedHosts: readonly string[]
    /** PEM texts. */
    readonly tls?: { readonly cert: string; readonly key: string }
  }
  /** Absolute path of the folder with the route files. */
  readonly routesFolder: string
  /** Absolute path of the data folder. */
  readonly dataFolder: string
  /** Addresses and CIDRs whose forwarding headers are believed. */
  readonly trustedProxies: readonly string[]
  /** Milliseconds that requests in flight get at a stop. */
  readonly shutdownTimeoutMs: number
  /** Packages, or absolute paths, of the plugins from outside. */
  readonly plugins: readonly string[]
  /** As written; the webhooks plugin gives them a meaning. */
  readonly webhooks: readonly unknown[]
  readonly routes: readonly RouteConfig[]
  readonly defaultRoute: DefaultRouteConfig
}
