import type { TerminalLife, TerminalWatcher } from '../../src/ports/terminal-life.ts'

export interface FakeTerminalLife extends TerminalLife {
  /** How often it was stopped. */
  readonly stops: number
  /** `fg`. */
  goOn(): void
  /** What the shell or the system does to it. */
  befall(what: (watcher: TerminalWatcher) => void): void
  /** Who watches. */
  readonly watchers: number
}

/** A shell that stops and continues when a test says so. */
export function fakeTerminalLife(): FakeTerminalLife {
  const watchers = new Set<TerminalWatcher>()
  let stops = 0
  let goOn: () => void = () => {}
  return {
    stop() {
      stops += 1
      return new Promise((resolve) => {
        goOn = resolve
      })
    },
    watch(watcher) {
      watchers.add(watcher)
      return () => void watchers.delete(watcher)
    },
    goOn: () => goOn(),
    befall: (what) => watchers.forEach(what),
    get stops() {
      return stops
    },
    get watchers() {
      return watchers.size
    },
  }
}
