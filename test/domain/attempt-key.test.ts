import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attemptKeyText, parseAttemptKey } from '../../src/domain/attempt-key.ts'
import { taskId } from '../../src/domain/ids.ts'

const secret = 'a1'.repeat(32)

describe('an attempt key', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (id) => {
        expect(parseAttemptKey(attemptKeyText(taskId(id), secret))).toEqual({ taskId: id, secret })
      }),
    )
  })

  it('may be the secret alone', () => {
    expect(parseAttemptKey(secret)).toEqual({ taskId: null, secret })
  })

  it.each([
    '',
    'jrk-',
    `jrk-0-${secret}`,
    `jrk--${secret}`,
    `${secret}0`,
    secret.toUpperCase(),
    `jrk-1-${secret} `,
  ])('is not %j', (text) => {
    expect(parseAttemptKey(text)).toBeUndefined()
  })
})
