import { codeOf, partOf } from './source-file.ts'
import type { SourceFile } from './source-file.ts'

/** Clocks, timers and dice that exist without being asked for. Searched for in code without comments and white space. */
const timeAndChance: readonly { name: string; pattern: RegExp }[] = [
  { name: 'Date.now', pattern: /\bDate\.now\b/ },
  { name: 'Temporal.Now', pattern: /\bTemporal\.Now\b/ },
  { name: 'new Date() without argument', pattern: /\bnew Date(?![\w$])(?!\((?!\)))/ },
  { name: 'Date() as a function', pattern: /(?<!new |[\w$.])Date\(/ },
  { name: 'performance', pattern: /\bperformance\.(?:now|timeOrigin|mark|measure)\b/ },
  { name: 'process.hrtime', pattern: /\bhrtime\b/ },
  // Not as a method: a socket's own idle timeout is part of its I/O.
  { name: 'a timer', pattern: /(?:(?<![.\w$])|\bglobalThis\.)(?:setTimeout|setInterval|setImmediate)\b/ },
  { name: 'AbortSignal.timeout', pattern: /\bAbortSignal\.timeout\b/ },
  { name: 'Math.random', pattern: /\bMath\.random\b/ },
  {
    name: 'crypto randomness',
    pattern: /\b(?:randomUUID|randomBytes|randomInt|randomFillSync|getRandomValues)\b/,
  },
]

/** What makes a function depend on more than its arguments, or its caller wait. */
const impure: readonly { name: string; pattern: RegExp }[] = [
  { name: 'async code', pattern: /\basync\b|\bawait\b|\bPromise\b/ },
  // Not as a whole text: a setting's value may be `process`.
  { name: 'the process', pattern: /(?<!["'`])\bprocess\b|\bconsole\b|\bglobalThis\b/ },
]

/** Uses of time and chance outside the adapters, and of anything impure in the domain. */
export async function ambientViolations(files: readonly SourceFile[]): Promise<string[]> {
  const found = await Promise.all(
    files.map(async (file) => {
      const part = partOf(file.path) ?? ''
      if (part.startsWith('adapters/')) return []
      const code = await codeOf(file)
      const banned = part === 'domain' ? [...timeAndChance, ...impure] : timeAndChance
      return banned.filter(({ pattern }) => pattern.test(code)).map(({ name }) => `${file.path} uses ${name}`)
    }),
  )
  return found.flat()
}
