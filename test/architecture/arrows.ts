import { importsOf, partOf } from './source-file.ts'
import type { SourceFile } from './source-file.ts'

/** Whom each part may import, beside itself. Everything points down the list; whoever is missing may import nobody. */
const base = ['domain', 'errors.ts', 'ports']
const arrows: Record<string, readonly string[]> = {
  'main.ts': ['main'],
  main: [
    ...base,
    'config',
    'expressions',
    'contract',
    'client',
    'cli',
    'api',
    'worker',
    'supervisor',
    'gateway',
    'bus',
    'daemon',
    'demo',
    'adapters',
    'system',
    'tui',
    'text',
  ],
  daemon: [...base, 'config', 'contract', 'api', 'supervisor', 'gateway', 'bus', 'expressions'],
  cli: [...base, 'client', 'contract', 'text', 'tui'],
  // Of the ports it needs the Clock: it waits before it connects again.
  tui: [...base, 'client', 'contract', 'text'],
  demo: [...base, 'contract', 'client', 'config'],
  // What the routes hand on to the supervisor is spelt in its own words.
  api: [...base, 'config', 'contract', 'supervisor'],
  supervisor: [...base, 'config'],
  gateway: [...base, 'config'],
  bus: [...base, 'config'],
  worker: [...base, 'config'],
  client: [...base, 'contract'],
  // Types of what it puts in words.
  text: ['domain', 'contract'],
  adapters: [...base, 'config', 'system'],
  // Its types, and the lists and bounds that the schemas are made of.
  contract: ['domain'],
  config: ['domain', 'errors.ts', 'expressions'],
  expressions: ['domain'],
  ports: ['domain', 'errors.ts'],
  // What adapters, and who puts them together, need of the operating system.
  system: [],
  domain: [],
  'errors.ts': [],
}

/** Of the configuration others know the policy that comes of it, not how it is read. */
const publicOfConfig = 'src/config/policy.ts'

export function arrowViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) =>
    importsOf(file).flatMap(({ target, kind }) => {
      const problem = problemOf(file.path, target, kind)
      return problem === null ? [] : [`${file.path} imports ${target}: ${problem}`]
    }),
  )
}

function problemOf(path: string, target: string, kind: string): string | null {
  const [from, to] = [partOf(path), partOf(target)]
  if (from === null || to === null || from === to) return null
  const [user, used] = [generic(from), generic(to)]
  if (user === 'adapters' && used === 'adapters') return 'adapters never import one another'
  if (!(arrows[user] ?? []).includes(used)) return `${user} may not import ${used}`
  if (used === 'tui' && kind !== 'dynamic') return 'the terminal UI is loaded by a dynamic import only'
  if (used === 'config' && user !== 'main' && target !== publicOfConfig)
    return `only ${publicOfConfig} is for all`
  return null
}

function generic(part: string): string {
  return part.startsWith('adapters/') ? 'adapters' : part
}

/** Cycles between parts, whatever the table says, each as the path that closes it. */
export function cycles(files: readonly SourceFile[]): string[] {
  const graph = new Map<string, Set<string>>()
  for (const file of files) {
    const from = partOf(file.path)
    if (from === null) continue
    const reached = graph.get(from) ?? new Set()
    for (const { target } of importsOf(file)) {
      const to = partOf(target)
      if (to !== null && to !== from) reached.add(to)
    }
    graph.set(from, reached)
  }
  return [...graph.keys()].flatMap((start) => {
    const path = pathBetween(graph, start, start)
    return path === null ? [] : [path.join(' → ')]
  })
}

function pathBetween(graph: ReadonlyMap<string, Set<string>>, start: string, goal: string): string[] | null {
  const cameFrom = new Map<string, string>()
  const waiting = [start]
  for (const part of waiting) {
    for (const next of graph.get(part) ?? []) {
      if (next === goal) return [...trail(cameFrom, start, part), goal]
      if (cameFrom.has(next)) continue
      cameFrom.set(next, part)
      waiting.push(next)
    }
  }
  return null
}

function trail(cameFrom: ReadonlyMap<string, string>, start: string, end: string): string[] {
  const path = [end]
  for (let part = end; part !== start;) {
    part = cameFrom.get(part) ?? start
    path.unshift(part)
  }
  return path
}
