import type { Key } from './key-name.ts'
import type { Store } from './store.ts'

/**
 * Keys that came as one: typed faster than they were read, or pasted where the terminal does not tell so. What one of them asks
 * is answered by a key of its own: `y` in a pasted text says yes to nothing.
 */
export function pressAll(store: Pick<Store, 'get' | 'dispatch'>, keys: readonly Key[]): void {
  for (const key of keys) {
    const asked = store.get().question
    store.dispatch({ kind: 'key', key })
    const { question } = store.get()
    // The word that a question wants may come at once, from who types fast over a slow line.
    if (question !== null && (question.change !== asked?.change || question.turned !== asked.turned)) return
  }
}
