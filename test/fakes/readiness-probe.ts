import type { LogWatch, PortTarget, ReadinessProbe } from '../../src/ports/readiness-probe.ts'

export interface FakeReadinessProbe extends ReadinessProbe {
  /** `host:port`, as they are connected to. */
  readonly open: Set<string>
  /** Every try to connect, oldest first. */
  readonly tries: PortTarget[]
  readonly followed: LogWatch[]
  /** Appends a line to a log. */
  write(file: string, line: string): void
}

/** Ports that are open when the test says so, and logs that hold what it writes. */
export function fakeReadinessProbe(): FakeReadinessProbe {
  const open = new Set<string>()
  const tries: PortTarget[] = []
  const followed: LogWatch[] = []
  const logs = new Map<string, string>()
  const followers = new Set<() => void>()

  const holds = ({ file, fromOffset, pattern }: LogWatch): boolean =>
    (logs.get(file) ?? '')
      .slice(fromOffset)
      .split('\n')
      .slice(0, -1)
      .some((line) => new RegExp(pattern, 'u').test(line))

  return {
    open,
    tries,
    followed,
    write(file, line) {
      logs.set(file, `${logs.get(file) ?? ''}${line}\n`)
      for (const look of followers) look()
    },
    async connect(target, _, signal) {
      tries.push(target)
      if (signal.aborted) return 'not asked any more'
      return open.has(`${target.host}:${target.port}`) ? null : 'connection refused'
    },
    logEnd: async (file) => (logs.get(file) ?? '').length,
    awaitLine(watch, signal) {
      followed.push(watch)
      return new Promise((resolve) => {
        const settle = (answer: string | null): void => {
          followers.delete(look)
          signal.removeEventListener('abort', onAbort)
          resolve(answer)
        }
        const look = (): void => {
          if (holds(watch)) settle(null)
        }
        const onAbort = (): void => settle('not asked any more')
        if (signal.aborted) return settle('not asked any more')
        followers.add(look)
        signal.addEventListener('abort', onAbort, { once: true })
        look()
      })
    },
  }
}
