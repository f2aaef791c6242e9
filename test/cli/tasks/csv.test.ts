import { array, assert as assertProperty, constantFrom, property, string as anyString } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCsv } from '../../../src/cli/tasks/csv.ts'

const fields = (text: string) => parseCsv(text).records.map((record) => record.fields)
const quoted = (field: string) => `"${field.replaceAll('"', '""')}"`

describe('CSV', () => {
  it.each([
    [
      'a,b\n1,2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a,b\r\n1,2',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a,\n,b',
      [
        ['a', ''],
        ['', 'b'],
      ],
    ],
    ['"a,b","c ""d"""\n', [['a,b', 'c "d"']]],
    ['"two\nlines",x', [['two\nlines', 'x']]],
    ['\uFEFFa,b', [['a', 'b']]],
    ['a\n\n\nb\n', [['a'], ['b']]],
    ['a,b,', [['a', 'b', '']]],
    ['', []],
  ])('%j', (text, expected) => {
    expect(fields(text)).toEqual(expected)
  })

  it('knows on which line each record begins', () => {
    const { records } = parseCsv('h\n"one\ntwo"\n\nlast\n')
    expect(records.map(({ line }) => line)).toEqual([1, 2, 5])
  })

  it('tells where a quote opens that never closes', () => {
    expect(parseCsv('h\nfine\n"never\n\n').unclosedQuoteAt).toBe(3)
  })

  it('reads back whatever was written by the RFC', () => {
    const recordOf = array(anyString({ unit: constantFrom('a', '"', ',', '\n', '\r', ' ', 'ü') }), {
      minLength: 1,
      maxLength: 5,
    })
    const table = array(
      recordOf.filter((values) => values.some((value) => value !== '')),
      { maxLength: 6 },
    )
    assertProperty(
      property(table, constantFrom('\n', '\r\n'), (rows, end) => {
        const text = rows.map((values) => values.map(quoted).join(',') + end).join('')
        expect(fields(text)).toEqual(rows)
      }),
    )
  })
})
