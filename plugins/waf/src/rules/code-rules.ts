import { defineRules } from '../rule.ts'

/** Code of a programming language that a careless program may run, load or unpack. */
export const CODE = defineRules('code_injection', 'code', {
  phpTag: {
    score: 5,
    why: 'PHP tags in a stored value run when the file is loaded.',
    example: '<?php x',
    counterExample: '<?xml version="1.0"?>',
  },
  phpCall: {
    score: 5,
    why: 'A call of a PHP function that runs programs or reads files.',
    example: "system('id')",
    counterExample: 'the system (Linux)',
  },
  phpVariable: {
    score: 8,
    why: 'PHP variables that hold the request are parts of back doors.',
    example: '$_GET[x]',
    counterExample: 'getenv',
  },
  phpObject: {
    score: 8,
    why: 'A serialised PHP object runs code when it is unpacked.',
    example: 'O:8:"Evil_Obj":1:{s:1:"a";i:1;}',
    counterExample: 'a:2:{i:0;s:1:"x";}',
  },
  javaClass: {
    score: 8,
    why: 'Classes of Java that run programs are reached through expressions.',
    example: 'java.lang.Runtime.getRuntime()',
    counterExample: 'java lang courses',
  },
  javaObject: {
    score: 8,
    why: 'A serialised Java object runs code when it is unpacked.',
    example: 'rO0ABXNyABFqYXZhLnV0aWw',
    counterExample: 'rO0',
  },
  pythonObject: {
    score: 5,
    why: 'Attributes of Python that lead to every class.',
    example: "__import__('os')",
    counterExample: 'a __title__',
  },
  nodeCall: {
    score: 8,
    why: 'Modules of Node.js that run programs.',
    example: "require('child_process')",
    counterExample: 'require a child process',
  },
  prototype: {
    score: 4,
    why: 'Setting __proto__ changes every object of a program.',
    example: '__proto__[x]=1',
    counterExample: 'a prototype',
  },
  prototypeKey: {
    score: 2,
    why: '__proto__ as the name of a field or a member of one.',
    example: 'a[__proto__][x]=1',
    counterExample: 'the __proto__ of an object',
  },
  prototypePath: {
    score: 8,
    why: 'The key prototype below the key constructor leads to what all objects inherit.',
    example: '{"constructor":{"prototype":{"isAdmin":true}}}',
    counterExample: '{"constructor":{"team":"prototype"}}',
  },
  externalEntity: {
    score: 8,
    why: 'A document type with an external entity reads files or addresses.',
    example: '<!DOCTYPE x [<!ENTITY y SYSTEM "file:///x">]>',
    counterExample: '<!DOCTYPE html>',
  },
})
