import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  deadLetterOfTask,
  parseDeadLetterId,
  taskOfDeadLetter,
  verdictOf,
} from '../../src/domain/dead-letter.ts'
import type { DeadLetterId, DeathVerdict } from '../../src/domain/dead-letter.ts'
import { taskId } from '../../src/domain/ids.ts'
import { taskLetter } from '../contract-suites/dead-letter-book.ts'

describe('the id of a dead letter', () => {
  it.each([
    ['42', '42'],
    [' #42 ', '42'],
    ['r7', 'r7'],
    ['w12', 'w12'],
  ])('%j is %s', (text, id) => {
    expect(parseDeadLetterId(text)).toBe(id)
  })

  it.each(['', '0', '-1', '4.2', '1e3', 'x7', 'r0', 'r', '#r7', '42 43', '9007199254740993'])(
    '%j is none',
    (text) => {
      expect(parseDeadLetterId(text)).toBeUndefined()
    },
  )

  it('names its task, and no run or worker does', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (id) => {
        const letter = deadLetterOfTask(taskId(id))
        expect(parseDeadLetterId(letter)).toBe(letter)
        expect(taskOfDeadLetter(letter)).toBe(id)
        expect(taskOfDeadLetter(`r${id}` as DeadLetterId)).toBeUndefined()
      }),
    )
  })
})

describe('the verdict on a death that was not there to be settled', () => {
  const { id } = taskLetter(1)
  it.each<[string, Parameters<typeof verdictOf>[1], Partial<DeathVerdict>]>([
    ['nobody knows it', undefined, { kind: 'unknown' }],
    ['it is another death', taskLetter(1), { kind: 'changed' }],
    [
      'it lives',
      taskLetter(1, { state: 'alive', status: 'completed' }),
      { kind: 'alive', status: 'completed' },
    ],
    [
      'somebody was earlier',
      taskLetter(1, { state: 'replayed', status: 'assigned', settledAt: 7, settledBy: 'ann' }),
      { kind: 'replayed', at: 7, by: 'ann' },
    ],
    [
      'it is gone',
      taskLetter(1, { state: 'purged', status: null, settledAt: 7, settledBy: 'ann' }),
      { kind: 'purged', at: 7, by: 'ann' },
    ],
  ])('%s', (_, now, verdict) => {
    expect(verdictOf(id, now)).toEqual({ id, ...verdict })
  })
})
