import { defineRules } from '../rule.ts'

/** Path traversal: a value that leads out of the folder it belongs to, or names a file nobody should ask for. */
export const PATH = defineRules('path_traversal', 'path', {
  climb: {
    score: 5,
    why: 'Several steps upwards lead out of the folder.',
    example: '../../../../x',
    counterExample: 'wait ... and ... see',
  },
  farClimb: {
    score: 3,
    why: 'Five steps upwards and more: no folder of a page lies so deep.',
    example: '../../../../../x',
    counterExample: '../../../x',
  },
  step: {
    score: 2,
    why: 'One step upwards, beside other signs.',
    example: '../x',
    counterExample: 'a..b',
  },
  oddStep: {
    score: 8,
    why: 'Steps upwards in a coding that only evades filters.',
    example: '..%c0%af..%c0%afx',
    counterExample: '100%..',
  },
  systemFile: {
    score: 8,
    why: 'The name of a file that holds accounts, keys or settings of the machine.',
    example: '/etc/passwd',
    counterExample: 'the passwd etc.',
  },
  mentionedFile: {
    score: 2,
    why: 'A system file named inside a text.',
    example: 'please do look at the file /etc/passwd for it',
    counterExample: 'the hosts etc. arrived',
  },
  probedFile: {
    score: 8,
    why: 'The path asks for a file of keys or settings that no page links to: only scanners do.',
    example: '/.env',
    counterExample: '/.well-known/security.txt',
  },
  systemFolder: {
    score: 4,
    why: 'The value is a path into the folders of the system.',
    example: '/var/log/auth.log',
    counterExample: '/variety/logging',
  },
  drive: {
    score: 4,
    why: 'The value is a path on a Windows drive or share into the folders of the system.',
    example: 'c:\\windows\\x',
    counterExample: 'c: windows',
  },
})
