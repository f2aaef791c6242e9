import { expect, test } from 'vitest'
import { type Ending, learnedOf } from '../../../src/gateway/forward/ending.ts'
import type { UpstreamFailure } from '../../../src/ports/upstream.ts'

const failure: UpstreamFailure = { kind: 'broken', message: 'broke off', sent: true }
const nothing = { status: null, forwardedBytes: 0 }
const gone = { ...nothing, kind: 'client_gone', drained: false } as const

test.each<[string, Ending | null, number, ReturnType<typeof learnedOf>]>([
  ['a failure is one', { ...nothing, kind: 'upstream_failed', failure, told: true }, 1, failure],
  [
    'an answer is one, of whatever status',
    { kind: 'answered', status: 500, forwardedBytes: 9 },
    1,
    'answered',
  ],
  ['also where its client left in the middle', { ...gone, status: 200, forwardedBytes: 9 }, 1, 'answered'],
  ['a client that leaves soon tells nothing', gone, 59_999, null],
  ['nor does our own stop', { ...nothing, kind: 'cut', told: true }, 90_000, null],
  ['nor a mistake of ours', null, 90_000, null],
  [
    'one whose patience ended does',
    gone,
    61_000,
    {
      kind: 'slow_head',
      message: 'upstream a had begun no answer when its client left after 1 min',
      sent: true,
    },
  ],
])('%s', (_, ending, tookMs, learned) => {
  expect(learnedOf(ending, 'a', tookMs)).toEqual(learned)
})
