import { describe, expect, it } from 'vitest'
import { endingOf } from '../../../src/gateway/forward/ending.ts'
import { type ForwardEvent, forwardSteps, type Phase } from '../../../src/gateway/forward/phases.ts'

const phases = Object.keys(forwardSteps) as Phase[]
const events = Object.keys(forwardSteps.over) as ForwardEvent[]
const step = (phase: Phase, event: ForwardEvent) => forwardSteps[phase][event]

describe('the phases of a forwarded request', () => {
  it('end once: nothing leaves the last', () => {
    expect(events.map((event) => step('over', event))).toEqual(events.map(() => null))
  })

  it('tell an error in words only while the client has nothing', () => {
    for (const phase of phases)
      for (const event of events) {
        const next = step(phase, event)
        if (next?.to === 'over' && next.act === 'refuse') expect(['asked', 'held']).toContain(phase)
      }
  })

  it('never end a broken answer as if it were whole', () => {
    for (const phase of phases) {
      expect(step(phase, 'upstream_failed')).not.toMatchObject({ act: 'deliver' })
      expect(step(phase, 'cut')).not.toMatchObject({ act: 'deliver' })
    }
    expect(step('passing', 'upstream_failed')).toEqual({ to: 'over', act: 'sever' })
  })

  it('come to an end whatever happens, when the client has left or we go down', () => {
    for (const phase of phases)
      for (const event of ['client_left', 'cut'] as const) {
        const next = step(phase, event)
        expect(next === null ? phase : next.to).toBe('over')
      }
  })
})

describe('how it ended', () => {
  const failure = { kind: 'broken', message: 'x', sent: true } as const

  it.each([
    [{ event: 'upstream_ended' }, 'deliver', { kind: 'answered' }],
    [{ event: 'upstream_failed', failure }, 'refuse', { kind: 'upstream_failed', failure, told: true }],
    [{ event: 'upstream_failed', failure }, 'sever', { kind: 'upstream_failed', failure, told: false }],
    [{ event: 'upstream_failed', failure }, 'leave', { kind: 'client_gone', drained: false }],
    [{ event: 'upstream_ended' }, 'leave', { kind: 'client_gone', drained: true }],
    [{ event: 'client_left' }, 'leave', { kind: 'client_gone', drained: false }],
    [{ event: 'cut' }, 'refuse', { kind: 'cut', told: true }],
    [{ event: 'cut' }, 'sever', { kind: 'cut', told: false }],
  ] as const)('%j and %s: %j', (cause, act, ending) => {
    expect(endingOf(cause, act)).toEqual(ending)
  })
})
