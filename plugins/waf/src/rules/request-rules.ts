import { defineRules } from '../rule.ts'

/** Values that make a server call an address for the attacker. */
export const ADDRESS = defineRules('server_side_request', 'ssrf', {
  scheme: {
    score: 5,
    why: 'Schemes that no browser uses reach files and services of the server.',
    example: 'gopher://127.0.0.1:25/x',
    counterExample: 'https://example.org/',
  },
  localAddress: {
    score: 5,
    why: 'Addresses of cloud metadata give out keys.',
    example: 'http://169.254.169.254/latest/meta-data',
    counterExample: 'http://localhost.example/',
  },
})

/** Operators of document stores and directories in a place where a value should stand. */
export const QUERY = defineRules('query_injection', 'query', {
  operator: {
    score: 8,
    why: 'An operator of a document store instead of a value matches every document.',
    example: '[$ne]',
    counterExample: '[$price]',
  },
  credentialOperator: {
    score: 8,
    why: 'An operator of a document store in place of a password matches every account.',
    example: '{"password":{"$gt":""}}',
    counterExample: '{"price":{"$gt":""}}',
  },
  where: {
    score: 5,
    why: '$where runs script in the database.',
    example: '$where: 1==1',
    counterExample: 'somewhere: there',
  },
  directory: {
    score: 5,
    why: 'Brackets that end a filter of a directory service and open another one.',
    example: '*)(uid=*))(|(uid=*',
    counterExample: '(a)(b)',
  },
})

/** Signs of the protocol inside a value. */
export const PROTOCOL = defineRules('protocol', 'protocol', {
  headerSplit: {
    score: 5,
    why: 'A line break followed by a header field adds headers to an answer.',
    example: 'x\r\nSet-Cookie: a=b',
    counterExample: 'one\ntwo: three',
  },
  hiddenCharset: {
    score: 5,
    why: 'In a charset that no browser sends (UTF-7, EBCDIC) a text can be hidden from whoever reads bytes.',
    example: 'text/plain; charset=utf-7',
    counterExample: 'text/plain; charset=utf-8',
  },
})

/** Headers that no honest client sends. */
export const HEADER = defineRules('suspicious_headers', 'header', {
  scanner: {
    score: 8,
    why: 'The client names itself as a tool that looks for holes.',
    example: 'sqlmap/1.8',
    counterExample: 'Mozilla/5.0 (X11; Linux x86_64)',
  },
})
