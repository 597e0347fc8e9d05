import bowser from 'bowser'
import { isbot } from 'isbot'
import { LRUCache } from 'lru-cache'
import { clip } from './clip.ts'

/** Classifies user agents. */
export interface UserAgents {
  /**
   * The kind of program and its name: `browser/Firefox`, `bot/Googlebot`, `tool/curl` (and libraries), `app/Bitwarden`; empty where
   * unknown. `second` is the time of the request, in whole seconds: it bounds what new ones may cost.
   */
  classify(userAgent: string, second: number): string
}

const MAX_KNOWN = 1000
const MAX_LENGTH = 512
const MAX_FAMILY_LENGTH = 40
/** A new one costs about 20 µs: an attacker who invents one per request gets no more than this each second. */
const MAX_NEW_PER_SECOND = 200

/** Names at which isbot would say bot, but which people run by hand or in their own programs. */
const TOOL =
  /^(curl|wget|httpie|postmanruntime|insomnia|python|aiohttp|go-http-client|okhttp|axios|node|undici|got|java|apache-httpclient|guzzlehttp|libwww-perl|ruby|rest-client|powershell|dart|reqwest|restic|git|rclone|davfs2|gvfs)\b/i
const PRODUCT = /^[^/\s(;]+/
const BOT = /bot|spider|crawl|slurp|scan|monitor|uptime|https?:/i
const BOT_NAME = /([a-z][\w-]*(?:bot|spider|crawler|slurp)[\w-]*)/i

/** Makes a classifier that remembers the last 1,000 user agents. */
export function createUserAgents(): UserAgents {
  const known = new LRUCache<string, string>({ max: MAX_KNOWN })
  let currentSecond = 0
  let newInSecond = 0
  return {
    classify(userAgent, second) {
      if (userAgent === '') return ''
      const text = clip(userAgent, MAX_LENGTH)
      const found = known.get(text)
      if (found !== undefined) return found
      if (second !== currentSecond) {
        currentSecond = second
        newInSecond = 0
      }
      newInSecond += 1
      if (newInSecond > MAX_NEW_PER_SECOND) return ''
      const judged = judge(text)
      known.set(text, judged)
      return judged
    },
  }
}

function judge(text: string): string {
  const product = (PRODUCT.exec(text)?.[0] ?? '').slice(0, MAX_FAMILY_LENGTH)
  if (TOOL.test(product)) return `tool/${product}`
  const isLikeBrowser = product === 'Mozilla' || product === 'Opera'
  // To isbot everything that is no browser is a bot.
  if (isLikeBrowser ? isbot(text) : BOT.test(text)) {
    return `bot/${BOT_NAME.exec(text)?.[1]?.slice(0, MAX_FAMILY_LENGTH) ?? product}`
  }
  return isLikeBrowser ? `browser/${bowser.getParser(text, true).parseBrowser().name ?? ''}` : `app/${product}`
}
