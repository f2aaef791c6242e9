import { describe, expect, it } from 'vitest'
import { emergency, rebalance } from '../../../../src/domain/cycle/rules/plans/rebalance.ts'
import type { Means, Plan } from '../../../../src/domain/cycle/rules/rule.ts'
import type { LineView, TaskRef } from '../../../../src/domain/cycle/snapshot.ts'
import { jrName } from '../../../../src/domain/ids.ts'
import { aSnapshot, aTaskRef } from '../../../support/cycle-sections.ts'

const hour = 3_600_000

function means(more: Partial<Means> = {}): Means {
  return { tasksMax: 10, emergencyDeadLetter: false, isFree: () => true, accepts: () => true, ...more }
}

function line(name: string, online: boolean, load: number, tasks: number[]): LineView {
  const last = tasks.map((id) => aTaskRef(id, { jrName: jrName(name), status: 'assigned' }))
  return { jrName: jrName(name), online, load, waiting: tasks.length, failuresInARow: 0, last }
}

/** `1:a>b`. */
function movesOf(plan: Plan): string[] {
  if (plan.kind === 'nothing' || plan.action.action !== 'rebalance_queue') return []
  return plan.action.moves.map(({ taskId, from, to }) => `${taskId}:${from}>${to ?? ''}`)
}

function rebalanced(lines: LineView[], more: Partial<Means> = {}): string[] {
  return movesOf(rebalance(aSnapshot({ workers: { lines } }), means(more)))
}

describe('a rebalance that moves nothing', () => {
  const said = (lines: LineView[], jobs: object = {}, more: Partial<Means> = {}) => {
    const plan = emergency(aSnapshot({ jobs, workers: { lines } }), means(more))
    return plan.kind === 'nothing' ? plan.reason : 'moves'
  }
  const resting = { ...line('a', true, 0, []), waiting: 40 }
  const allowed = { emergencyDeadLetter: true }

  it('does not say that there is no shorter line where there is one', () => {
    const [b, gone] = [line('b', true, 0, []), { ...line('gone', false, 0, []), waiting: 1 }]
    expect(said([resting, b])).toMatch(/^the ends of the longer lines were moved lately/)
    expect(said([gone, b])).toMatch(/^the ends of the longer lines were moved lately/)
    expect(said([gone])).toMatch(/^no Jr is online/)
    expect(said([b])).toMatch(/^nothing waits in a Jr's line/)
    expect(said([line('a', true, 0, [1]), b])).toMatch(
      /^no Jr that is online and accepts them has a shorter line/,
    )
  })

  it('does not say that nothing is old where that was brought forward', () => {
    expect(said([], { oldestWaitingMs: 3 * hour }, allowed)).toMatch(/over 2 h was put before the others/)
    expect(said([], { oldestWaitingMs: 2 * hour }, allowed)).toMatch(/nothing has waited for over 2 h$/)
    expect(said([], { oldestWaitingMs: 3 * hour })).toMatch(/dead letters are not allowed/)
  })
})

describe('a rebalance', () => {
  it('gives the tasks of a Jr that is offline to the least loaded, counting what it gives', () => {
    const lines = [line('gone', false, 0, [1, 2, 3]), line('b', true, 1, []), line('c', true, 0, [])]
    expect(rebalanced(lines)).toEqual(['1:gone>c', '2:gone>b', '3:gone>c'])
  })

  it('evens out the longest lines, and stops where another move would only swap them', () => {
    const lines = [line('a', true, 0, [1, 2, 3, 4]), line('b', true, 0, [])]
    expect(rebalanced(lines)).toEqual(['1:a>b', '2:a>b'])
    expect(rebalanced([line('a', true, 1, [1]), line('b', true, 1, [])])).toEqual([])
  })

  it('begins with those whom nobody serves', () => {
    const lines = [line('a', true, 0, [1, 2, 3, 4, 5]), line('gone', false, 0, [9]), line('b', true, 0, [])]
    expect(rebalanced(lines, { tasksMax: 2 })).toEqual(['9:gone>b', '1:a>b'])
  })

  it('gives nothing to a Jr that fails everything and so has the shortest line; its own tasks may leave it', () => {
    const failing = (name: string, tasks: number[], failuresInARow = 3) => ({
      ...line(name, true, 0, tasks),
      failuresInARow,
    })
    const gone = line('gone', false, 0, [1, 2])
    expect(rebalanced([gone, failing('bad', []), line('b', true, 5, [])])).toEqual(['1:gone>b', '2:gone>b'])
    expect(rebalanced([gone, failing('bad', [], 2), line('b', true, 5, [])])).toEqual([
      '1:gone>bad',
      '2:gone>bad',
    ])
    expect(rebalanced([failing('bad', [3, 4, 5]), line('b', true, 0, [])])).toEqual(['3:bad>b'])
    expect(rebalanced([failing('bad', [3, 4, 5]), line('b', true, 8, [])])).toEqual([])
    const plan = rebalance(aSnapshot({ workers: { lines: [gone, failing('bad', [])] } }), means())
    expect(plan).toMatchObject({ reason: 'each Jr that is online failed its last 3 tasks or more' })
  })

  it('asks whether a Jr accepts the task', () => {
    const lines = [line('gone', false, 0, [1, 2]), line('b', true, 0, []), line('c', true, 5, [])]
    const accepts = (jr: string, { id }: TaskRef) => jr === 'c' || id === 2
    expect(rebalanced(lines, { accepts })).toEqual(['1:gone>c', '2:gone>b'])
  })

  it('gives to nobody what was with a Jr that is offline and none of the others accepts', () => {
    const lines = [line('gone', false, 0, [1]), line('b', true, 0, [])]
    expect(rebalanced(lines, { accepts: () => false })).toEqual(['1:gone>'])
    expect(
      rebalanced([line('a', true, 0, [1, 2, 3]), line('b', true, 0, [])], { accepts: () => false }),
    ).toEqual([])
  })

  it('leaves all as it is when nobody is online', () => {
    expect(rebalanced([line('gone', false, 0, [1]), line('too', false, 0, [])])).toEqual([])
  })

  it("leaves nobody's line to the assignment", () => {
    expect(rebalanced([line('', false, 0, [1, 2, 3]), line('b', true, 0, [])])).toEqual([])
  })

  it('leaves alone what another decision is about', () => {
    const lines = [line('gone', false, 0, [1, 2]), line('b', true, 0, [])]
    expect(rebalanced(lines, { isFree: (id) => id !== 1 })).toEqual(['2:gone>b'])
  })
})

describe('an emergency', () => {
  const old = [1, 2, 3].map((id) => aTaskRef(id, { ageMs: 2 * hour + 1 }))
  const jobs = { oldest: [...old, aTaskRef(4, { ageMs: 2 * hour })] }

  it('gives up nothing where that is not allowed', () => {
    expect(emergency(aSnapshot({ jobs }), means())).toMatchObject({ kind: 'nothing' })
  })

  it('gives up what has waited for over two hours where it is', () => {
    expect(emergency(aSnapshot({ jobs }), means({ emergencyDeadLetter: true }))).toEqual({
      kind: 'action',
      action: { action: 'rebalance_queue', moves: [], deadLetters: [1, 2, 3] },
    })
  })

  it('rather moves a task than gives it up, and stays within its limit', () => {
    const lines = [line('gone', false, 0, [1, 2]), line('b', true, 0, [])]
    const plan = emergency(
      aSnapshot({ jobs, workers: { lines } }),
      means({ emergencyDeadLetter: true, tasksMax: 2 }),
    )
    expect(plan).toMatchObject({ action: { deadLetters: [] } })
    const wide = emergency(aSnapshot({ jobs, workers: { lines } }), means({ emergencyDeadLetter: true }))
    expect(movesOf(wide)).toEqual(['1:gone>b', '2:gone>b'])
    expect(wide).toMatchObject({ action: { deadLetters: [3] } })
  })
})
