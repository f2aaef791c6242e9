import * as fc from 'fast-check'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { PositionView, StatusView } from '../../src/contract/views.ts'
import type { WorkerView } from '../../src/domain/worker.ts'
import { prepareWidths } from '../../src/text/fit.ts'
import { frameLines } from '../../tui/frame.ts'
import { plainText } from '../../tui/line.ts'
import { screenNames } from '../../tui/state.ts'
import { atWork } from './at-work.ts'
import { play, small, stateOf } from './fixture.ts'

beforeAll(() => prepareWidths(['日本']))
beforeAll(() => void vi.stubEnv('TZ', 'UTC'))

/** What a type may lack. */
type Optional<Of> = { [Key in keyof Of]-?: undefined extends Of[Key] ? Key : never }[keyof Of]

/** The compiler sees to it that no optional field is forgotten. */
const ofStatus = {
  capacity: true,
  gateway: true,
  breaker: true,
  api: true,
  orchestrator: true,
  cluster: true,
  degraded: true,
  activity: true,
} satisfies Record<Optional<StatusView>, true>
const ofPosition = {
  instanceId: true,
  bucket: true,
  lent: true,
  waiting: true,
  inFlight: true,
  waitMs: true,
} satisfies Record<Optional<PositionView>, true>

const ofWorker = {
  p95Ms: true,
  score: true,
  stopGraceMs: true,
  ready: true,
  readySince: true,
  waitsFor: true,
  layer: true,
  schedule: true,
  unit: true,
} satisfies Record<Optional<WorkerView>, true>

function without<Of extends object>(value: Of, keys: readonly string[]): Of {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key))) as Of
}

const ways = [
  ...screenNames.flatMap((_, index) => [[String(index + 1)], [String(index + 1), 'enter']]),
  ['!'],
  ['u'],
  ['2', 'r'],
]

function shows(status: StatusView): void {
  for (const keys of ways) {
    const { state } = play(stateOf({ status }), ...keys)
    const text = frameLines(state).map(plainText).join('\n')
    expect(text.split('\n')).toHaveLength(small.rows)
    expect(text).not.toMatch(/undefined|NaN|\[object/)
  }
}

describe('the status of an older daemon', () => {
  const full = atWork()
  const kept = (keys: object) => fc.subarray(Object.keys(keys))

  it('is shown whatever it lacks', () => {
    const lacks = fc.record({
      status: kept(ofStatus),
      position: kept(ofPosition),
      worker: kept(ofWorker),
    })
    fc.assert(
      fc.property(lacks, ({ status, position, worker }) => {
        shows({
          ...without(full, status),
          positions: full.positions.map((each) => without(each, position)),
          workers: full.workers.map((each) => without(each, worker)),
        })
      }),
      { numRuns: 40 },
    )
  })

  it('is shown though it lacks all that can be lacked', () => {
    shows({
      ...without(full, Object.keys(ofStatus)),
      positions: full.positions.map((each) => without(each, Object.keys(ofPosition))),
      workers: full.workers.map((each) => without(each, Object.keys(ofWorker))),
    })
  })
})
