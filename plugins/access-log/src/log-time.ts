const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

let lastSecond = -1
let lastText = ''

/** `22/Nov/2026:23:59:59 +0000`, in UTC, from milliseconds since 1970. Lines of the same second share it. */
export function toLogTime(milliseconds: number): string {
  const second = Math.floor(milliseconds / 1000)
  if (second !== lastSecond) {
    lastSecond = second
    lastText = format(new Date(second * 1000))
  }
  return lastText
}

/** Seconds since 1970 of such a text; NaN where it is none. */
export function parseLogTime(text: string): number {
  const [, day, month = '', year, time] = /^(\d\d)\/(\w{3})\/(\d{4}):(\d\d:\d\d:\d\d) \+0000$/.exec(text) ?? []
  const number = String(MONTHS.indexOf(month) + 1).padStart(2, '0')
  return Date.parse(`${year}-${number}-${day}T${time}Z`) / 1000
}

/** The UTC day of milliseconds since 1970: `2026-11-22`. */
export function toDay(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10)
}

function format(date: Date): string {
  const day = date.toISOString()
  return `${day.slice(8, 10)}/${MONTHS[date.getUTCMonth()]}/${day.slice(0, 4)}:${day.slice(11, 19)} +0000`
}
