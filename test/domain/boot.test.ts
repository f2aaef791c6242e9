import { expect, test } from 'vitest'
import { type BootMember, type Standing, describeLacks, lateIn, waitOf } from '../../src/domain/boot.ts'

const member = (name: string, layer: number, ...dependsOn: string[]): BootMember => ({
  name,
  layer,
  dependsOn,
})
const standings = (of: Record<string, Standing>) => (name: string) => of[name]
const ready = { kind: 'ready' } as const
const coming = { kind: 'coming', why: 'no heartbeat yet' } as const
const out = { kind: 'out', why: 'it is paused: paused by an operator' } as const

test.each([
  ['nobody to wait for', member('A', 1), {}, 1, null],
  ['its dependency is ready', member('A', 2, 'B'), { B: ready }, 2, null],
  ['one that is not supervised here', member('A', 1, 'Nightly'), {}, 1, null],
  [
    'its dependency is not',
    member('A', 2, 'B'),
    { B: coming },
    2,
    'waits for B to be ready: no heartbeat yet',
  ],
  [
    'two are not, of three',
    member('A', 2, 'B', 'C', 'D'),
    { B: coming, C: ready, D: out },
    2,
    'waits for B and D to be ready: B (no heartbeat yet), D (it is paused: paused by an operator)',
  ],
  [
    'its layer is not open',
    member('A', 2),
    { X: coming },
    1,
    'waits for layer 1 to be ready: X (no heartbeat yet)',
  ],
  ['the layer is about to open', member('A', 2), { X: out }, 1, 'waits for layer 1'],
] as const)('%s', (_, who, of, openLayer, wait) => {
  const late = lateIn(openLayer, [who, member('X', 1)], standings(of))
  expect(waitOf(who, standings(of), { layer: openLayer, late })).toBe(wait)
})

test('a layer waits only for those who may come', () => {
  const members = [member('A', 1), member('B', 1), member('C', 1), member('D', 2), member('E', 1)]
  const of = standings({ A: coming, B: out, C: ready, D: coming, E: { kind: 'blocked', why: 'it waits' } })
  expect(lateIn(1, members, of)).toEqual([{ name: 'A', why: 'no heartbeat yet' }])
})

test('many are counted', () => {
  const lacks = ['A', 'B', 'C', 'D', 'E'].map((name) => ({ name, why: 'x' }))
  expect(describeLacks(lacks)).toBe('A (x), B (x), C (x) and 2 more')
})
