import { formatDuration, formatSize, parseDuration, parseRate, parseSize } from '@drawbridge/plugin-kit'
import t from 'tap'

t.test('reads durations as people write them', async (t) => {
  const cases: [unknown, number | undefined][] = [
    ['250ms', 250],
    ['5s', 5000],
    ['1.5h', 5_400_000],
    ['2h45m', 9_900_000],
    ['90d', 90 * 86_400_000],
    ['2w', 14 * 86_400_000],
    [' 5s ', 5000],
    [3600, 3_600_000],
    ['30', 30_000],
    [0, 0],
    [0.25, 250],
    ['', undefined],
    ['5', 5000],
    ['5 s', undefined],
    ['5S', undefined],
    ['s', undefined],
    ['-5s', undefined],
    [-1, undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    ['1h30', undefined],
    ['five', undefined],
    [null, undefined],
    [[], undefined],
  ]
  for (const [written, ms] of cases) t.equal(parseDuration(written), ms, JSON.stringify(written))
})

t.test('writes durations so that they read the same again', async (t) => {
  for (const ms of [0, 1, 250, 1000, 90_000, 9_900_000, 86_400_000, 90_061_001])
    t.equal(parseDuration(formatDuration(ms)), ms)
  t.equal(formatDuration(9_900_000), '2h45m')
})

t.test('reads sizes as nginx and Docker mean them', async (t) => {
  const cases: [unknown, number | undefined][] = [
    [1048576, 1048576],
    ['1048576', 1048576],
    ['512kb', 524_288],
    ['10mb', 10_485_760],
    ['10 MB', 10_485_760],
    ['1GiB', 1024 ** 3],
    ['1.5k', 1536],
    ['0', 0],
    ['12b', 12],
    ['10 xyz', undefined],
    ['-1', undefined],
    [-1, undefined],
    [1.5, undefined],
    ['', undefined],
    ['mb', undefined],
    [true, undefined],
  ]
  for (const [written, bytes] of cases) t.equal(parseSize(written), bytes, JSON.stringify(written))
})

t.test('writes sizes for people', async (t) => {
  t.equal(formatSize(900), '900 bytes')
  t.equal(formatSize(1536), '1.5 KB')
  t.equal(formatSize(10_485_760), '10 MB')
  t.equal(formatSize(3 * 1024 ** 3), '3 GB')
})

t.test('reads rates, a bare number being per minute', async (t) => {
  const cases: [unknown, { count: number; windowMs: number } | undefined][] = [
    [100, { count: 100, windowMs: 60_000 }],
    ['100', { count: 100, windowMs: 60_000 }],
    ['5/min', { count: 5, windowMs: 60_000 }],
    ['5/10s', { count: 5, windowMs: 10_000 }],
    ['1000/h', { count: 1000, windowMs: 3_600_000 }],
    ['1000 / 1h30m', { count: 1000, windowMs: 5_400_000 }],
    ['5/0s', undefined],
    ['5/', undefined],
    ['/10s', undefined],
    ['5/fortnight', undefined],
    [-5, undefined],
    [1.5, undefined],
  ]
  for (const [written, rate] of cases) t.strictSame(parseRate(written), rate, JSON.stringify(written))
})
