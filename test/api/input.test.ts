import { expect, it } from 'vitest'
import type { RouteName } from '../../src/contract/routes.ts'
import { parseInput } from '../../src/api/input.ts'
import { Refusal } from '../../src/api/refusal.ts'

function refusalTo(name: RouteName, raw: object): Refusal {
  try {
    parseInput(name, raw)
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
  throw new Error('was taken')
}

it.each<[RouteName, object, string]>([
  ['claimAttempts', { jr: 'a', waitMs: 30_001 }, 'waitMs: found 30001, allowed at most 30000'],
  ['claimAttempts', { jr: 'a', count: 0 }, 'count: found 0, allowed at least 1'],
  ['claimAttempts', {}, 'jr: found nothing, allowed text'],
  ['claimAttempts', { jr: null }, 'jr: found null, allowed text'],
  ['claimAttempts', { jr: ' ' }, 'jr: is empty; say something'],
  [
    'claimAttempts',
    { jr: 'a', acceptUnassigned: 'yes' },
    'acceptUnassigned: found "yes", allowed true or false',
  ],
  ['claimAttempts', { jr: 'a', count: 1.5 }, 'count: found 1.5, allowed a whole number'],
  ['claimAttempts', { jr: 'a', count: 1e300 }, 'count: found 1e+300, allowed at most 100'],
  ['claimAttempts', { jr: 'a', jrs: 'b' }, 'jrs: there is no such field'],
  ['progressAttempt', { percent: [1] }, 'percent: found a list, allowed a number'],
  ['failAttempt', { error: 'x', kind: 'maybe' }, 'kind: found "maybe", allowed attempt, asked, final'],
  ['getTask', { id: 'x' }, 'id: found "x", allowed a number'],
  ['getTask', { id: '0' }, 'id: found 0, allowed at least 1'],
  ['listTasks', { statuses: 'pending,lost' }, 'statuses[1]: found "lost", allowed pending, '],
  ['addTasks', { tasks: [] }, 'tasks: found a list of 0, allowed at least 1'],
  ['addTasks', { tasks: [{ title: 'a' }, 7] }, 'tasks[1]: found 7, allowed an object'],
  ['addTasks', { tasks: [{ title: 'a', colour: 'red' }] }, 'tasks[0].colour: there is no such field'],
  ['setTask', { id: 1 }, 'names nothing to change'],
  ['purgeDeadLetters', { letters: [{ id: 'x', version: 0 }] }, 'letters[0].id: "x" is no dead letter'],
])('%s tells what is wrong with %j in plain words', (name, raw, told) => {
  const { status, code, message, hint } = refusalTo(name, raw)
  expect([status, code]).toEqual([400, 'request.invalid'])
  expect(message.slice(0, told.length)).toBe(told)
  expect(message).not.toMatch(/expected|received|Invalid|Unrecognized|>=|<=/)
  expect(hint).toMatch(/./)
})

it.each<[RouteName, object, string]>([
  ['claimAttempts', {}, 'The fields are: jr, acceptUnassigned?, worker?, leaseMs?, count?, waitMs?.'],
  ['progressAttempt', { percent: 1, notes: 'x' }, 'The fields are: percent, note?.'],
  ['purgeDeadLetters', { letters: [{ id: '1', at: 0 }] }, 'The fields of letters[0] are: id, version.'],
  ['claimAttempts', { jr: 'a', count: 0 }, 'Nothing was done; mend it and ask again.'],
])('%s of %j says which fields there are where that helps', (name, raw, told) => {
  expect(refusalTo(name, raw).hint).toBe(told)
})

it('tells one problem a field, the first ten, and nothing that a terminal obeys', () => {
  const tasks = Array.from({ length: 100 }, () => ({}))
  const { message } = refusalTo('addTasks', { tasks })
  expect(message.split('; ')).toHaveLength(11)
  expect(message).toMatch(/; … and 90 more$/)
  const hostile = refusalTo('claimAttempts', { jr: 'a', ['\u001b[2J'.repeat(1000)]: 1, count: '\u001b[2J' })
  expect(hostile.message).not.toContain('\u001b')
  expect(hostile.message.length).toBeLessThan(300)
})
