import t from 'tap'
import { buildFailing } from './support.ts'

const HTML = 'text/html; charset=utf-8'
const JSON_TYPE = 'application/problem+json; charset=utf-8'
const TEXT = 'text/plain; charset=utf-8'

const FORMATS = [
  ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8', HTML],
  ["a browser's image", 'image/avif,image/webp,image/apng,*/*;q=0.8', TEXT],
  ['curl', '*/*', TEXT],
  ['nothing', undefined, TEXT],
  ['axios', 'application/json, text/plain, */*', JSON_TYPE],
  ['the API of Pterodactyl', 'Application/vnd.pterodactyl.v1+json', JSON_TYPE],
  ['problem details', 'application/problem+json', JSON_TYPE],
  ['JSON before HTML', 'text/html;q=0.5, application/json', JSON_TYPE],
  ['HTML before JSON', 'text/html, application/json;q=0.9', HTML],
  ['HTML refused', 'text/html;q=0, */*;q=0.1', TEXT],
  ['what there is not', 'image/png', TEXT],
  ['nonsense', '";,,q=/', TEXT],
  ['an endless list', `text/html,${'a/b,'.repeat(2000)}`, TEXT],
] as const

t.test('chooses HTML, JSON or text by Accept', async (t) => {
  const { app } = buildFailing(t, { statusCode: 404 })
  for (const [who, accept, type] of FORMATS) {
    const { headers } = await app.inject({ url: '/', headers: accept === undefined ? {} : { accept } })
    t.equal(headers['content-type'], type, who)
  }
})

t.test('chooses German or English by Accept-Language', async (t) => {
  const { app } = buildFailing(t, { statusCode: 404 })
  for (const [acceptLanguage, language] of [
    ['de', 'de'],
    ['de-AT,de;q=0.9,en;q=0.8', 'de'],
    ['en-US,en;q=0.9,de;q=0.8', 'en'],
    ['fr-FR, de;q=0.3', 'de'],
    ['fr', 'en'],
    ['de;q=0', 'en'],
    ['*', 'en'],
    [undefined, 'en'],
    [`de,${'x,'.repeat(2000)}`, 'en'],
  ] as const) {
    const headers = acceptLanguage === undefined ? {} : { 'accept-language': acceptLanguage }
    const response = await app.inject({ url: '/', headers })
    t.equal(response.headers['content-language'], language, acceptLanguage ?? 'none')
    t.match(response.body, language === 'de' ? '404 Nicht gefunden' : '404 Not Found')
  }
})

t.test('keeps to one language when told to', async (t) => {
  const { app } = buildFailing(t, { statusCode: 404 }, { options: { language: 'de' } })
  const { body } = await app.inject({ url: '/', headers: { 'accept-language': 'en' } })
  t.match(body, '404 Nicht gefunden\nUnter dieser Adresse gibt es nichts.')
})
