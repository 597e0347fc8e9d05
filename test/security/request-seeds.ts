const HOST = 'Host: app.test\r\n'
const KEY = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n'

/** Good requests, and some at the edge of being good, that mutations start from. */
export const REQUEST_SEEDS: readonly string[] = [
  `GET / HTTP/1.1\r\n${HOST}\r\n`,
  `GET /a?b=c HTTP/1.1\r\n${HOST}Accept: */*\r\nCookie: a=b; c=d\r\nUser-Agent: x\r\n\r\n`,
  `HEAD /head HTTP/1.1\r\n${HOST}\r\n`,
  `OPTIONS /options HTTP/1.1\r\n${HOST}Origin: http://b.test\r\n\r\n`,
  `DELETE /x HTTP/1.1\r\n${HOST}Content-Length: 0\r\n\r\n`,
  `POST /form HTTP/1.1\r\n${HOST}Content-Type: text/plain\r\nContent-Length: 11\r\n\r\nhello world`,
  `PUT /put HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\nab\r\nc`,
  `GET /with-body HTTP/1.1\r\n${HOST}Content-Length: 3\r\n\r\nabc`,
  `POST /chunked HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n`,
  `POST /extension HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n5;a=b;c="d"\r\nhello\r\n0\r\n\r\n`,
  `POST /trailer HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n1\r\na\r\n0\r\nX-T: 1\r\n\r\n`,
  `POST /zero HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  `POST /expect HTTP/1.1\r\n${HOST}Expect: 100-continue\r\nContent-Length: 2\r\n\r\nok`,
  `GET /one HTTP/1.1\r\n${HOST}\r\nGET /two HTTP/1.1\r\n${HOST}\r\nGET /three HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`,
  `POST /one HTTP/1.1\r\n${HOST}Content-Length: 1\r\n\r\naPOST /two HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n1\r\nb\r\n0\r\n\r\n`,
  `GET /ws HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\n${KEY}\r\nearly`,
  `GET /ws HTTP/1.1\r\n${HOST}Connection: keep-alive, Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n`,
  `GET /old HTTP/1.0\r\n${HOST}\r\n`,
  `GET /old HTTP/1.0\r\n${HOST}Connection: keep-alive\r\n\r\nGET /old2 HTTP/1.0\r\n${HOST}\r\n`,
  `GET http://app.test/absolute HTTP/1.1\r\n${HOST}\r\n`,
  `GET /hop HTTP/1.1\r\n${HOST}Connection: close, X-A\r\nX-A: 1\r\nTE: trailers\r\nKeep-Alive: timeout=5\r\n\r\n`,
  `GET / HTTP/1.1\r\nHost: vault.test\r\n\r\nGET / HTTP/1.1\r\nHost: app.test\r\n\r\n`,
  `GET / HTTP/1.1\r\nHost: nobody.test\r\n\r\n`,
]
