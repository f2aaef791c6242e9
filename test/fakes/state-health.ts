import type { StateCondition, StateHealth } from '../../src/ports/state-health.ts'

export interface FakeStateHealth extends StateHealth {
  become(condition: StateCondition): void
}

/** As healthy as the test says. */
export function fakeStateHealth(): FakeStateHealth {
  const listeners = new Set<(condition: StateCondition) => void>()
  let condition: StateCondition = { kind: 'sound' }
  return {
    get condition() {
      return condition
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    become(next) {
      condition = next
      for (const listener of listeners) listener(next)
    },
  }
}
