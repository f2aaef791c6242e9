import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { argument, fitsLine, word } from '../../../src/domain/units/unit-values.ts'

describe('a word of a unit file', () => {
  it.each([
    ['/usr/local/bin/jrctl', '/usr/local/bin/jrctl'],
    ['/srv/my fleet', '"/srv/my fleet"'],
    ['a"b\\c', '"a\\"b\\\\c"'],
    ['100%', '"100%%"'],
    ['a\nb', '"a\\x0ab"'],
    ['', '""'],
    ["it's", `"it's"`],
  ])('%j → %s', (text, written) => {
    expect(word(text)).toBe(written)
  })

  it('is no variable in a command line', () => {
    expect(argument('/etc/$HOME')).toBe('"/etc/$$HOME"')
  })

  it('never ends its line', () => {
    fc.assert(
      fc.property(fc.string(), (text) => !argument(text).includes('\n') && !argument(text).includes('\r')),
    )
  })
})

describe('a whole line', () => {
  it.each(['/etc/jrctl/environment', '/srv/my fleet/environment'])('%s is one', (text) => {
    expect(fitsLine(text)).toBe(true)
  })
  it.each(['a\nb', 'a ', ' a', 'a\\', 'a\tb\u0085', 'a\uffff', '\ud800'])('%j is none', (text) => {
    expect(fitsLine(text)).toBe(false)
  })
})
