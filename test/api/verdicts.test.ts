import { expect, it } from 'vitest'
import { changeOf } from '../../src/api/verdicts.ts'
import { aTask } from '../support/task.ts'

const refused = (what: Parameters<typeof changeOf>[1], status: 'failed' | 'completed' | 'in_progress') => {
  try {
    return changeOf(15, what, { kind: 'refused', status, task: aTask({ status }) })
  } catch (error) {
    return error
  }
}

it('does not tell who cancels a finished task how to have it done again', () => {
  expect(refused('cancelled', 'failed')).toMatchObject({
    message: 'Task 15 is failed and cannot be cancelled',
    hint: 'It is finished; there is nothing left to cancel. See: jrctl tasks show 15',
  })
  expect(refused('changed', 'failed')).toMatchObject({
    hint: 'It is finished; make it ready again with: jrctl tasks retry 15',
  })
  // Its result would be lost: that is asked for in so many words.
  expect(refused('changed', 'completed')).toMatchObject({
    hint: 'It is finished; make it ready again with: jrctl tasks retry 15 --again',
  })
  expect(refused('retried', 'in_progress')).toMatchObject({
    hint: 'See where it stands with: jrctl tasks show 15',
  })
})
