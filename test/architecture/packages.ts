import { importsOf, partOf } from './source-file.ts'
import type { SourceFile } from './source-file.ts'

/** Packages and built-in modules that only some parts may load. */
const homes: readonly { packages: RegExp; parts: RegExp; why: string }[] = [
  {
    packages: /^(?:react|ink)(?:\/|$)/,
    parts: /^tui$/,
    why: 'the daemon and the short commands never load React',
  },
  {
    packages: /^pg(?:\/|$)/,
    parts: /^(?:adapters\/postgres|adapters\/embedded-postgres|demo)$/,
    why: 'SQL lives in the adapters',
  },
  {
    packages: /^@marcbachmann\/cel-js$/,
    parts: /^expressions$/,
    why: 'conditions are compiled in one place',
  },
  {
    packages: /^croner$/,
    parts: /^expressions$/,
    why: 'schedules are compiled in one place, and nothing is scheduled but by the Clock port',
  },
  { packages: /^better-sqlite3$/, parts: /^adapters\//, why: 'SQLite is an adapter' },
  { packages: /^undici(?:\/|$)/, parts: /^adapters\/llm$/, why: 'others know the Upstream port' },
  { packages: /^pino(?:-pretty)?$/, parts: /^adapters\/logger\.ts$/, why: 'others know the Logger port' },
  { packages: /^find-my-way$/, parts: /^api$/, why: 'only the API serves HTTP' },
  { packages: /^(?:node:)?timers/, parts: /^adapters\//, why: 'time is the Clock port' },
  { packages: /^(?:node:)?perf_hooks$/, parts: /^adapters\//, why: 'time is the Clock port' },
]

/** Parts that load nothing from outside: they are what everything else may rely on anywhere. */
const selfContained = /^(?:domain|ports|errors\.ts)$/

export function packageViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const part = partOf(file.path) ?? ''
    return importsOf(file).flatMap(({ target, kind }) => {
      if (/^(?:src|tui)\//.test(target)) return []
      const why = selfContained.test(part)
        ? 'it imports nothing from outside'
        : reasonAgainst(part, target, kind)
      return why === null ? [] : [`${file.path} imports ${target}: ${why}`]
    })
  })
}

function reasonAgainst(part: string, target: string, kind: string): string | null {
  // The client is in every short command: what zod checks, the server has checked.
  if (target === 'zod' && part === 'client' && kind !== 'type') return 'the client takes only types from zod'
  const home = homes.find(({ packages, parts }) => packages.test(target) && !parts.test(part))
  return home?.why ?? null
}
