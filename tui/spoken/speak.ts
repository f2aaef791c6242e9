import { emitKeypressEvents, type Key as TerminalKey } from 'node:readline'
import type { Clock, Timer } from '../../src/ports/clock.ts'
import type { Key } from '../key-name.ts'
import { pressAll } from '../press.ts'
import type { Presenter, TerminalStream } from '../presenter.ts'
import type { AppState, Size } from '../state.ts'
import type { Store } from '../store.ts'
import { keyOf } from './keys.ts'
import { saidAtOnce, saidMeanwhile } from './said.ts'

export interface Spoken {
  store: Store
  stdin: NodeJS.ReadableStream & { setRawMode?(isRaw: boolean): unknown; isRaw?: boolean }
  stdout: TerminalStream
  clock: Clock
}

/** Whoever listens is not interrupted more often by what goes on. */
const meanwhileMs = 5000

/** No line is cut, and a page of rows is what `pgdn` goes on by: who hears has no edge of a screen. */
export const spokenSize: Size = { columns: 1000, rows: 30, isSpoken: true }

/**
 * The state as lines that are told one after the other, for screen readers and for terminals that cannot move their cursor:
 * nothing is drawn twice, nothing moves, and of what changes only what matters is told.
 */
export function speak({ store, stdin, stdout, clock }: Spoken): Presenter {
  let told: AppState | null = null
  let toldMeanwhile = store.get()
  let timer: Timer | undefined
  let pressed: Key[] = []
  const left = Promise.withResolvers<void>()

  const say = (lines: readonly string[]) => {
    if (lines.length > 0) stdout.write(`${lines.join('\n')}\n`)
  }
  const meanwhile = () => {
    timer = undefined
    const state = store.get()
    say(saidMeanwhile(toldMeanwhile, state))
    toldMeanwhile = state
  }
  const changed = () => {
    const state = store.get()
    say(saidAtOnce(told, state))
    told = state
    timer ??= clock.after(meanwhileMs, meanwhile)
  }
  const press = (text: string | undefined, terminalKey: TerminalKey) => {
    const key = keyOf(text, terminalKey)
    if (!key) return
    pressed.push(key)
    // What came in one piece was typed in one moment, or pasted.
    if (pressed.length === 1) queueMicrotask(() => pressAll(store, pressed.splice(0)))
  }
  const take = () => {
    stdin.setRawMode?.(true)
    stdin.on('keypress', press).resume()
  }
  const give = () => {
    stdin.setRawMode?.(false)
    stdin.off('keypress', press).pause()
  }

  emitKeypressEvents(stdin)
  take()
  const unsubscribe = store.subscribe(changed)
  changed()
  return {
    left: left.promise,
    leave() {
      unsubscribe()
      timer?.cancel()
      pressed = []
      give()
      left.resolve()
    },
    async suspend(action) {
      give()
      await action()
      take()
      told = null
      changed()
    },
  }
}
