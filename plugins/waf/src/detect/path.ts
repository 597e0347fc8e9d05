import { PATH } from '../rules/path-rules.ts'
import { isDigit, isWordCode } from '../scan/char-classes.ts'
import { wordsAfter, wordsBefore } from './before.ts'
import type { Inspection } from './inspection.ts'

/** Files and folders that are asked for only by attackers; `/` stands for any run of signs. */
const FILES =
  /^(?:etc\/(?:passwd|shadow|hosts|issue|group|fstab|motd|sudoers|crontab|resolv|hostname|profile|bashrc|inittab|ssh|apache|httpd|nginx|mysql|my\/cnf|php|security|master|ssl|redhat|lsb|os\/release|services|networks|network|init\/d|ftp|wu\/ftp|exports|inetd|snmp|openldap|pam|proftpd|pure|vsftpd|syslog|sysconfig|ppp|aliases|at\/|cron|rc\/|updatedb|logrotate|samba|chttp|lighttpd|mtab|printcap|sysctl|termcap|default|dhcp|x11|tomcat|webmin|bash|gshadow|login|config|environment|timezone|rsyslog|ldap|mail|postfix|passwords|conf)|boot\/ini|win\/ini|winnt\/(?:win|system|repair|php)|windows\/(?:system32|win\/ini|repair|php\/ini|system\/ini|iis|my\/ini|debug|panther|explorer|notepad|system)|system32\/(?:drivers|config|cmd|inetsrv|logfiles|eventvwr|calc)|proc\/(?:self|version|cmdline|cpuinfo|mounts|net|\d+\/|environ|stat|sched|filesystems|driver|meminfo|swaps|modules|partitions|config|ioports)|htaccess|htpasswd|id_rsa|authorized_keys|web\/inf|web\/config|meta\/inf|inetpub|ntuser\/dat|global\/asa|bash_history|system\/ini|sam$|secrets\/kubernetes|serviceaccount\/token|my\/ini|php\/ini|git\/config|svn\/entries|aws\/credentials)/
/** Folders that begin an absolute path nobody types into a form. */
const FOLDERS =
  /^(?:windows\/|winnt\/|var\/(?:log|adm|mail|run|lib\/(?:mysql|php)|spool|www\/(?:log|conf|mgr|html\/\w+\/conf)|cpanel|apache|named|cache|webmin|backups|local|lock|htmp|data|nm2|at)|usr\/(?:local\/(?:apache|etc|php|lib|www|cpanel|nginx|zeus|samba|httpd|psa|jakarta|pureftpd|mysql|tomcat|lsws|sb|bin)|lib\/(?:security|php|cron|rpm)|share\/(?:adduser|squirrel|logs|tomcat|adconfig)|home\/user|ports|pkg|etc|adm|sbin|apache|spool|bin\/)|root\/|opt\/(?:apache|lampp|nsconfig|xampp|jboss|lsws|httpd|php|tomcat|\w+\/conf)|etc\/|home\/(?:\w+\/)?(?:bash|ssh|mysql|apache|user)|apache2?\/(?:log|conf)|httpd\/(?:log|conf)|program\/files|documents\/and\/settings|users\/(?:administrator|default)|xampp\/|wamp\/|php\d?\/(?:php|httpd|session|log|apache))/

/** What lies beside the pages of a program and must not be read: even one step towards it is telling. */
const SECRETS =
  /^(?:wp-config|\.env\b|\.git\/|\.ssh\/|\.htaccess|web\.config|web-inf|config\/(?:database|secrets|parameters|app)\.)/

/** No name above is longer but for those with a part of any length. */
const MAX_NAME = 30

/** `..`: how often, and with what between? */
export function detectSteps(inspection: Inspection, place: number): void {
  if (isSlashCode(inspection.code(place - 1)) && inspection.code(place - 2) === 46 && inspection.code(place - 3) === 46)
    return
  let at = place
  let steps = 0
  let firstGap = ''
  while (steps < 12) {
    const dots = dotRun(inspection, at)
    if (dots < 2 || dots > 4) break
    const gap = readGap(inspection, at + dots)
    if (gap === '') break
    if (firstGap === '') firstGap = gap
    else if (gap !== firstGap && !isSlash(gap)) break
    steps++
    at += dots + gap.length
    while (inspection.code(at) === 46 && isSlashCode(inspection.code(at + 1))) {
      at += 2
      while (isSlashCode(inspection.code(at))) at++
    }
  }
  if (steps === 0) return
  if (steps >= 5) inspection.hit(PATH.farClimb, place)
  const isOdd = !isSlash(firstGap)
  if (SECRETS.test(inspection.text.slice(at, Math.min(inspection.end, at + 24)))) inspection.hit(PATH.climb, place)
  if (steps >= 2 && (isOdd || firstGap.length > 1)) inspection.hit(PATH.oddStep, place)
  else if (steps >= 3 || (steps >= 2 && !isAsset(inspection, at))) inspection.hit(PATH.climb, place)
  else inspection.hit(PATH.step, place)
  if ((isOdd && steps === 1 && isOddGap(inspection, firstGap)) || inspection.isEvasive)
    inspection.hit(PATH.oddStep, place)
}

/** An escaped slash is odd in a path, whose slashes nobody escapes; in a cookie it is the ordinary way to write one. */
function isOddGap(inspection: Inspection, gap: string): boolean {
  return gap.length > 1 && (inspection.code(inspection.start) === 47 || gap !== '%2f')
}

function dotRun(inspection: Inspection, from: number): number {
  let at = from
  while (inspection.code(at) === 46) at++
  return at - from
}

/** What separates two steps: slashes, undecodable bytes or their codings. */
function readGap(inspection: Inspection, from: number): string {
  const stop = Math.min(inspection.end, from + 16)
  let at = from
  while (at < stop && isSlashCode(inspection.text.charCodeAt(at))) at++
  // Plain slashes, nearly always; a hostile body has one at every third character.
  if (at > from && inspection.code(at) !== 0xfffd) return inspection.text.slice(from, at)
  const rest = inspection.text.slice(from, stop)
  // `5..%22`, as cookies write a quote: a valid escape of a sign that separates nothing.
  if (/^%(?:2[0-46-9a-d]|[346][0-9a-f]|5[0-9abd-f]|7[0-9a-f])/.test(rest)) return ''
  return (
    /^(?:[/\\\ufffd]+|;\/|%(?:25)*(?:c[01]%|%)?[0-9a-z]{2}|%u[0-9a-f]{4}|0x(?:2f|5c)|[25][fc](?=\.\.|[a-z]{3}))/.exec(
      rest,
    )?.[0] ?? ''
  )
}

function isSlash(gap: string): boolean {
  return /^[/\\]+$/.test(gap)
}

function isSlashCode(code: number): boolean {
  return code === 47 || code === 92
}

/** `../../img/x.png` in a page's own addresses. */
function isAsset(inspection: Inspection, at: number): boolean {
  const rest = inspection.text.slice(at, Math.min(inspection.end, at + 100))
  return /^[\w/@.-]+\.(?:css|js|mjs|png|jpe?g|gif|svg|webp|woff2?|ico|html?|md|ts|json)\b/.test(rest)
}

/** A word that may begin or end the name of a system file. */
export function detectFile(inspection: Inspection, place: number): void {
  const path = squeeze(inspection, place, Math.min(inspection.end, place + 40))
  const previous = inspection.code(place - 1)
  const isAfterSign = previous !== 0 && !isWordCode(previous) && previous > 32
  if (FILES.test(path)) {
    judgeFile(inspection, place)
    return
  }
  if (!isAfterSign || !isPathStart(inspection, place) || !FOLDERS.test(path)) return
  if (hasBlank(inspection, place) && wordsBefore(inspection, place) >= 2) {
    inspection.hit(PATH.mentionedFile, place)
    return
  }
  // `/usr/bin:/bin`: a list of folders, as in a setting.
  if (/^[\w/.-]+:\//.test(inspection.text.slice(place, place + 40))) return
  const isDrive = previous === 92 || inspection.code(place - 2) === 58
  inspection.hit(isDrive ? PATH.drive : PATH.systemFolder, place)
  if (!hasBlank(inspection, place) && !(isDrive && path.startsWith('program/'))) inspection.hit(PATH.step, place)
}

/** In a text the name is only a mention; as the value, or behind odd signs, it is a request for the file. */
function judgeFile(inspection: Inspection, place: number): void {
  const words = wordsBefore(inspection, place)
  const isInside = words >= 2 || (words === 1 && wordsAfter(inspection, place) >= 5)
  const isOdd = isBehindOddWord(inspection, place) || /^\w{2,8}[/\\]*\$/.test(inspection.text.slice(place, place + 12))
  const isMention = (isInside && hasBlank(inspection, place) && !isOdd) || beginsSentence(inspection, place)
  inspection.hit(isMention ? PATH.mentionedFile : PATH.systemFile, place)
}

/** `C:\\windows\\x is where you add it`: no file has a name that goes on with words. */
function beginsSentence(inspection: Inspection, place: number): boolean {
  return /^[\w\\/.-]{1,60} [a-z]+ [a-z]+ [a-z]+\b/.test(
    inspection.text.slice(place, Math.min(inspection.end, place + 100)),
  )
}

/** `;c'a't /etc/x`, `|ca$@t /etc/x`: a word with signs among its letters, behind the end of another command. */
function isBehindOddWord(inspection: Inspection, place: number): boolean {
  const before = inspection.text.slice(Math.max(inspection.start, place - 24), place)
  return /[;|&`(\n]\s*\w{0,8}(?:['"\\$@*?]{1,3}\w{0,8}){1,4}\s+\/$/.test(before)
}

function isPathStart(inspection: Inspection, place: number): boolean {
  for (let at = place - 1; at >= inspection.start && at > place - 24; at--) {
    const code = inspection.code(at)
    if (code === 32) return inspection.code(at + 1) === 47
    if (isWordCode(code) && !isDigit(code) && inspection.code(at + 1) !== 58 && code !== 47) return false
  }
  return true
}

function hasBlank(inspection: Inspection, place: number): boolean {
  for (let at = place - 1; at >= inspection.start && at > place - 40; at--) if (inspection.code(at) === 32) return true
  return false
}

/**
 * What stands from `from` to `to` with every run of signs as one `/`; an empty variable of a shell (`/etc$u/passwd`) counts as a sign. By hand,
 * because a hostile body asks for it at every fourth character.
 */
function squeeze(inspection: Inspection, from: number, to: number): string {
  const { scratch, text } = inspection
  scratch.clear()
  let isSign = false
  for (let at = from; at < to && scratch.length < MAX_NAME; at++) {
    const code = text.charCodeAt(at)
    if (code < 128 && isWordCode(code)) {
      if (isSign) scratch.push(47)
      scratch.push(code)
      isSign = false
      continue
    }
    if (code === 36) while (at + 1 < to && isWordCode(text.charCodeAt(at + 1))) at++
    isSign = true
  }
  if (isSign) scratch.push(47)
  return scratch.toString()
}
