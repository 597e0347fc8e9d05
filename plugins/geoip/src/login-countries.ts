import type { GatewayEvent, ServiceHost } from '@drawbridge/plugin-kit'

/** Seconds after which a country's last login is written anew. */
const FRESH_SECONDS = 3600
const TWO_LETTERS = /^[A-Z]{2}$/

/** Remembers from which countries people log in, route by route, and announces a new one. */
export class LoginCountries {
  readonly #host: ServiceHost
  /** The number of each route that wants to know, by its first host name. */
  readonly #routes = new Map<string, () => number>()
  /** Countries that are being looked up: what many logins at once have in common is done once. */
  readonly #busy = new Set<string>()
  /** One after the other: of two countries new at the same time, the second is compared with the first. */
  #last: Promise<void> = Promise.resolve()
  readonly #stopListening: () => void

  constructor(host: ServiceHost) {
    this.#host = host
    this.#stopListening = host.events.on((event) => this.#hear(event))
  }

  /** Watches the logins of a route. Returns the function that ends it. */
  watch(routeHost: string, routeId: () => number): () => void {
    this.#routes.set(routeHost, routeId)
    return () => {
      // After a reload it is the next app's by now.
      if (this.#routes.get(routeHost) === routeId) this.#routes.delete(routeHost)
    }
  }

  stop(): void {
    this.#stopListening()
  }

  #hear({ name, facts }: GatewayEvent): void {
    if (name !== 'login_succeeded') return
    const { route, country } = facts
    if (typeof route !== 'string' || typeof country !== 'string' || !TWO_LETTERS.test(country)) return
    const routeId = this.#routes.get(route)?.() ?? 0
    const key = `${route} ${country}`
    if (routeId === 0 || this.#busy.has(key)) return
    this.#busy.add(key)
    this.#last = this.#last
      .then(() => this.#learn({ route, country, routeId }))
      .catch((error: unknown) =>
        this.#host.log.warn({ err: error, route }, 'the country of a login could not be remembered'),
      )
      .finally(() => this.#busy.delete(key))
  }

  async #learn({ route, country, routeId }: { route: string; country: string; routeId: number }): Promise<void> {
    const { clock, events, storage } = this.#host
    const now = Math.floor(clock.wallNow() / 1000)
    const rows = await storage.all('SELECT country, last_seen FROM geoip_login_countries WHERE route_id = ?', [routeId])
    const known = rows.find((row) => row.country === country)
    if (known !== undefined && now - Number(known.last_seen) < FRESH_SECONDS) return
    // The very first country is nothing unusual: there is nothing to compare it with.
    if (known === undefined && rows.length > 0)
      events.emit('unusual_country', { route, country, known_countries: rows.map((row) => row.country).sort() })
    await storage.durable([
      {
        sql: `INSERT INTO geoip_login_countries (route_id, country, first_seen, last_seen) VALUES (?, ?, ?, ?)
          ON CONFLICT (route_id, country) DO UPDATE SET last_seen = excluded.last_seen`,
        params: [routeId, country, now, now],
      },
    ])
  }
}
