import { defineRules } from '../rule.ts'

/** Commands of a shell that a program may run together with its own. */
export const COMMAND = defineRules('command_injection', 'command', {
  separated: {
    score: 5,
    why: 'A sign that ends a command, followed by a command with an argument.',
    example: '; cat /etc/hostname',
    counterExample: 'cats; dogs & more',
  },
  separatedPlain: {
    score: 3,
    why: 'A sign that ends a command, followed by a command that is a word of prose too.',
    example: '| sort -r',
    counterExample: 'this & more',
  },
  substitution: {
    score: 5,
    why: 'A command inside $() or backticks runs before the command around it.',
    example: '$(whoami)',
    counterExample: '$(name)',
  },
  arithmetic: {
    score: 8,
    why: 'Shell arithmetic tells whether a shell reads the value.',
    example: 'x$((41+1))',
    counterExample: '$((price))',
  },
  blankVariable: {
    score: 8,
    why: 'The variable IFS stands for a blank where filters forbid one.',
    example: 'cat$IFS/x',
    counterExample: '$ifsomething',
  },
  binary: {
    score: 3,
    why: 'The full path of a program.',
    example: '/bin/cat x',
    counterExample: '/bin/collection',
  },
  wholeLine: {
    score: 5,
    why: 'The whole value is a line for a shell.',
    example: 'ls -l /var/www',
    counterExample: 'curl and divergence',
  },
  shellshock: {
    score: 5,
    why: 'A function definition in a header made old shells run what follows.',
    example: '() { :;}; x',
    counterExample: '() => {}',
  },
  glob: {
    score: 4,
    why: 'A path with wildcards names a program without its letters.',
    example: '/???/c?t',
    counterExample: 'what???',
  },
})
