import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseEnvironmentFile } from '../../../src/domain/install/environment-file.ts'

it.each([
  ['A=b', { A: 'b' }],
  ['# A=b\n; B=c\n\nC=d\n', { C: 'd' }],
  ['A="b c"\nB=\'d "e"\'', { A: 'b c', B: 'd "e"' }],
  ['A="b\\"c"', { A: 'b"c' }],
  ['A=b c  ', { A: 'b c' }],
  ['A=postgres://u:p@h/d?x=y#z', { A: 'postgres://u:p@h/d?x=y#z' }],
  ['A=one\\\ntwo', { A: 'onetwo' }],
  ['export A=b\nno assignment\n1A=b', {}],
  ['A=', { A: '' }],
  ['A=b\r\nB="c"\r\n# D=e\r\nC=d', { A: 'b', B: 'c', C: 'd' }],
  ['A=b\rB=c', { A: 'b', B: 'c' }],
  ['A="one\ntwo"\nB=\'three\n\nfour\'\nC=d', { A: 'one\ntwo', B: 'three\n\nfour', C: 'd' }],
  ['A="one\\\ntwo"', { A: 'onetwo' }],
  ['A="a b"\'c "d\' e', { A: 'a bc "de' }],
  ['A="it\\$ costs\\n"', { A: 'it$ costs\\n' }],
  ['A=b\\ c\\  \nB = c', { A: 'b c ', B: 'c' }],
  ['A="never closed\nB=c', { A: 'never closed\nB=c' }],
  ['# a comment\\\nA=b', { A: 'b' }],
  ['A=b\nA=c', { A: 'c' }],
  ['A=b\0\nB=c', {}],
])('variables of an environment file: %j', (text, variables) => {
  expect(parseEnvironmentFile(text)).toEqual(variables)
})

const text = fc.string({ unit: fc.constantFrom(...'AB=#;\\"\' \t\n\r$x\0é'.split('')), maxLength: 60 })

it('reads variables and nothing else out of whatever is there', () => {
  fc.assert(
    fc.property(text, (written) => {
      for (const [name, value] of Object.entries(parseEnvironmentFile(written))) {
        expect(name).toMatch(/^[A-Za-z_]\w*$/)
        expect(value).not.toContain('\0')
      }
    }),
  )
})

it('reads every value that is quoted as systemd wants it, whatever the lines end with', () => {
  const quoted = (value: string) => `"${value.replaceAll(/["\\`$]/g, '\\$&')}"`
  fc.assert(
    fc.property(
      fc.array(
        text.filter((value) => !value.includes('\0')),
        { maxLength: 5 },
      ),
      fc.constantFrom('\n', '\r\n', '\r'),
      (values, end) => {
        const wanted = Object.fromEntries(values.map((value, index) => [`V${index}`, value]))
        const lines = Object.entries(wanted).map(([name, value]) => `${name}=${quoted(value)}${end}`)
        expect(parseEnvironmentFile(lines.join(''))).toEqual(wanted)
      },
    ),
  )
})
