import type { Key as InkKey } from 'ink'
import { describe, expect, it } from 'vitest'
import { keysOf } from '../../tui/key-name.ts'
import { pressAll } from '../../tui/press.ts'
import { createStore } from '../../tui/store.ts'
import type { Effect } from '../../tui/state.ts'
import { stateOf } from './fixture.ts'

const noFlags = { ctrl: false, shift: false, meta: false, super: false, hyper: false } as InkKey
const names = (input: string, flags: Partial<InkKey> = {}) =>
  keysOf(input, { ...noFlags, ...flags }).map(({ name }) => name)

describe('the names of keys', () => {
  it.each([
    ['each of a fast burst', names('jj\rR'), ['j', 'j', 'enter', 'R']],
    ['a control key', names('z', { ctrl: true }), ['ctrl+z']],
    ['a cursor key', names('', { upArrow: true }), ['up']],
    ['no key let go', names('q', { eventType: 'release' }), []],
    ['no key held for the desktop', names('q', { super: true }), []],
    ['no key held for a menu', names('q', { meta: true }), []],
    ['a capital of a terminal that tells of the shift apart', names('r', { shift: true }), ['R']],
    ['a character beyond the BMP as one', names('😀'), ['😀']],
  ])('tell %s', (_, told, expected) => {
    expect(told).toEqual(expected)
  })
})

describe('keys that came as one', () => {
  function pressed(...bursts: string[]) {
    const effects: Effect[] = []
    const store = createStore(stateOf(), (effect) => effects.push(effect))
    for (const burst of bursts) pressAll(store, keysOf(burst, noFlags))
    return { state: store.get(), changes: effects.filter(({ kind }) => kind === 'change') }
  }

  it('are all taken by a question that wants a word, and was there before', () => {
    const purge = { kind: 'purge' as const, id: 'w7', letters: [] }
    const question = { preview: 'Purge w7?', command: 'jrctl dlq purge w7', change: purge, word: 'purge' }
    const effects: Effect[] = []
    const store = createStore({ ...stateOf(), question }, (effect) => effects.push(effect))
    pressAll(store, keysOf('purge', noFlags))
    expect(store.get().question?.typed).toBe('purge')
    pressAll(store, keysOf('\r', noFlags))
    expect(effects).toEqual([{ kind: 'change', change: purge }])
  })

  it('ask, but never say yes to it: a pasted text changes nothing', () => {
    const { state, changes } = pressed('juy')
    expect(state.question?.preview).toMatch(/urgent/)
    expect(changes).toEqual([])
  })

  it('say yes to what was asked before', () => {
    expect(pressed('ju', 'y').changes).toHaveLength(1)
  })
})
