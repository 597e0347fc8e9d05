import { defineRules } from '../rule.ts'

/** Cross-site scripting: markup or script that runs when a page repeats the value. */
export const XSS = defineRules('xss', 'xss', {
  scriptTag: {
    score: 5,
    why: 'A script element runs whatever it holds or loads.',
    example: '<script>alert(1)</script>',
    counterExample: 'a <scripted> event',
  },
  activeTag: {
    score: 5,
    why: 'Elements that load documents or plugins can run script.',
    example: '<iframe src=//evil.example>',
    counterExample: '<b>bold</b>',
  },
  eventHandler: {
    score: 8,
    why: 'An event attribute of an element runs script.',
    example: '<img src=x onerror=alert(1)>',
    counterExample: '<p>only = a word</p>',
  },
  attributeBreak: {
    score: 5,
    why: 'A quote that ends an attribute, followed by an event attribute.',
    example: '" autofocus onfocus=alert(1) x="',
    counterExample: 'the "onset" = start',
  },
  scriptAddress: {
    score: 8,
    why: 'An address that begins with javascript: runs script when it is followed.',
    example: 'javascript:alert(1)',
    counterExample: 'javascript:void(0)',
  },
  dataAddress: {
    score: 8,
    why: 'A data: address of a document can hold script.',
    example: 'data:text/html,<b>x',
    counterExample: 'data:image/png;base64,iVBORw0KGgo=',
  },
  dialogCall: {
    score: 4,
    why: 'Dialogs (alert, prompt, confirm) with a constant are how script injection is tried out.',
    example: 'x alert(1)',
    counterExample: 'alert (the whole team)',
  },
  codeBreak: {
    score: 1,
    why: 'A call directly behind the sign that ends a string or statement.',
    example: "';alert(1)//",
    counterExample: 'see alert',
  },
  scriptCall: {
    score: 4,
    why: 'Calls that turn text into script.',
    example: 'eval(name)',
    counterExample: 'the eval (evaluation)',
  },
  pageAccess: {
    score: 4,
    why: 'Script that reads cookies or writes into the page.',
    example: 'document.cookie',
    counterExample: 'the document. Cookies follow',
  },
  styleScript: {
    score: 4,
    why: 'Styles that old browsers run as script.',
    example: 'width:expression(1)',
    counterExample: 'an expression (of joy)',
  },
  encodedTag: {
    score: 8,
    why: 'Markup in UTF-7 is read by browsers that guess the encoding.',
    example: '+ADw-script+AD4-',
    counterExample: 'a+ADw',
  },
})
