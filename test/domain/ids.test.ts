import { describe, expect, it } from 'vitest'
import { parseTaskId } from '../../src/domain/ids.ts'

describe('parseTaskId', () => {
  it.each([
    ['42', 42],
    ['#42', 42],
    [' 7 ', 7],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('reads %j', (text, id) => {
    expect(parseTaskId(text)).toBe(id)
  })

  it.each([
    '',
    '0',
    '-1',
    '007',
    '1.5',
    '1e3',
    '0x10',
    '##1',
    '9007199254740992',
    '99999999999999999999',
    'abc',
    '१',
  ])('refuses %j', (text) => {
    expect(parseTaskId(text)).toBeUndefined()
  })
})
