import { describe, expect, test } from 'vitest'
import type { CapacityGrant } from '../../src/ports/capacity.ts'
import type { UpstreamFailure } from '../../src/ports/upstream.ts'
import type { Ending, EndingKind } from '../../src/gateway/forward/ending.ts'
import type { Meter, Usage } from '../../src/gateway/metering/meter.ts'
import { passingMeter } from '../../src/gateway/metering/passing-meter.ts'
import { settle, usedOf } from '../../src/gateway/settle.ts'

const failure: UpstreamFailure = { kind: 'broken', message: 'broke', sent: true }
const meterOf = (usage: Usage | null, seen: number): Meter => ({
  ...passingMeter,
  usage: () => usage,
  seenTokens: () => seen,
})
const usage = (totalTokens: number, complete: boolean): Usage => ({
  inputTokens: totalTokens - 1,
  outputTokens: 1,
  totalTokens,
  complete,
})

/** What became of a grant: units, or that it was given back. */
function settled(ending: Ending, meter: Meter, unit: 'request' | 'token'): number | 'refunded' {
  let became: number | 'refunded' | undefined
  const grant: CapacityGrant = {
    id: 'g',
    holder: 'untracked',
    position: null,
    share: 0,
    waitedMs: 0,
    amount: 5,
    costMax: Infinity,
    settle: (used) => void (became ??= used),
    refund: () => void (became ??= 'refunded'),
    release: () => {},
  }
  settle(grant, ending, meter, unit)
  if (became === undefined) throw new Error('nothing became of it')
  return became
}

const endings: [string, EndingKind, number | null, number, 'charged' | 'refunded'][] = [
  ['a whole answer', { kind: 'answered' }, 200, 100, 'charged'],
  ['an empty answer', { kind: 'answered' }, 200, 0, 'charged'],
  ['an error of the upstream', { kind: 'answered' }, 400, 100, 'refunded'],
  ['a rate limit of the upstream', { kind: 'answered' }, 429, 100, 'refunded'],
  ['no answer', { kind: 'upstream_failed', failure, told: true }, null, 0, 'refunded'],
  ['a head and no more', { kind: 'upstream_failed', failure, told: true }, 200, 0, 'refunded'],
  ['a broken answer', { kind: 'upstream_failed', failure, told: false }, 200, 7, 'charged'],
  ['a broken error', { kind: 'upstream_failed', failure, told: false }, 500, 7, 'refunded'],
  ['a client that left before', { kind: 'client_gone', drained: false }, null, 0, 'refunded'],
  ['a client that left in the middle', { kind: 'client_gone', drained: false }, 200, 9, 'charged'],
  ['a client that left, heard to the end', { kind: 'client_gone', drained: true }, 200, 0, 'charged'],
  ['cut before the answer', { kind: 'cut', told: true }, null, 0, 'refunded'],
  ['cut in the middle', { kind: 'cut', told: false }, 200, 9, 'charged'],
]

describe('what a request costs', () => {
  test.each(endings)('%s', (_, kind, status, forwardedBytes, becomes) => {
    const ending: Ending = { ...kind, status, forwardedBytes }
    const [byRequest, byToken] = becomes === 'charged' ? [1, 42] : (['refunded', 'refunded'] as const)
    expect(settled(ending, meterOf(usage(42, true), 10), 'request')).toBe(byRequest)
    expect(settled(ending, meterOf(usage(42, true), 10), 'token')).toBe(byToken)
  })

  test.each([
    ['the upstream’s last word, whatever was seen', usage(42, true), 99, 42],
    ['what was seen, where its last word is missing', usage(42, false), 99, 99],
    ['no less than its first word', usage(42, false), 7, 42],
    ['what was seen, where it said nothing', null, 7, 7],
  ])('in tokens: %s', (_, said, seen, used) => {
    expect(usedOf(meterOf(said, seen), 'token')).toBe(used)
  })
})
