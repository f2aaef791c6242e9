import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ambientViolations } from './ambient.ts'
import { arrowViolations, cycles } from './arrows.ts'
import { packageViolations } from './packages.ts'
import { importsOf, root, sourcesUnder } from './source-file.ts'
import type { SourceFile } from './source-file.ts'

const sources = [...sourcesUnder('src'), ...(existsSync(join(root, 'tui')) ? sourcesUnder('tui') : [])]
const file = (path: string, text: string): SourceFile => ({ path, text })

describe('the house as it stands', () => {
  it('is read at all', () => {
    expect(sources.length).toBeGreaterThan(50)
    expect(sources.flatMap(importsOf).length).toBeGreaterThan(100)
  })

  it('follows the arrows', () => {
    expect(arrowViolations(sources)).toEqual([])
  })

  it('has no cycle between its parts', () => {
    expect(cycles(sources)).toEqual([])
  })

  it('loads packages only where they belong', () => {
    expect(packageViolations(sources)).toEqual([])
  })

  it('takes time and chance through its ports, and keeps the domain pure', async () => {
    expect(await ambientViolations(sources)).toEqual([])
  })

  it('imports only files that exist', () => {
    const missing = sources.flatMap((source) =>
      importsOf(source)
        .map(({ target }) => target)
        .filter((target) => /^(?:src|tui)\//.test(target) && !existsSync(join(root, target)))
        .map((target) => `${source.path} imports ${target}`),
    )
    expect(missing).toEqual([])
  })
})

describe('ARCHITECTURE.md', () => {
  const page = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')
  const folders = (path: string): string[] =>
    readdirSync(join(root, path), { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [entry.name] : [],
    )

  it('tells what every folder of src is', () => {
    expect(folders('src').filter((folder) => !page.includes(`src/${folder}/`))).toEqual([])
  })

  it('names every adapter', () => {
    const unnamed = folders('src/adapters').filter((adapter) => !new RegExp(`\\b${adapter}\\b`).test(page))
    expect(unnamed).toEqual([])
  })

  it('speaks of no folder that is not there', () => {
    const named = [...page.matchAll(/\b(?:src|tui|test)\/[\w/.-]*\w/g)].map(([path]) => path)
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })
})

describe('each rule catches what it is for', () => {
  it.each([
    [
      'the domain reaching up',
      'src/domain/x.ts',
      `import type { Clock } from '../ports/clock.ts'`,
      'domain may not import ports',
    ],
    [
      'the domain using errors',
      'src/domain/x.ts',
      `import { BugError } from '../errors.ts'`,
      'domain may not import errors.ts',
    ],
    [
      'a port that knows an adapter',
      'src/ports/x.ts',
      `export type { X } from '../adapters/clock.ts'`,
      'ports may not import adapters',
    ],
    [
      'two adapters',
      'src/adapters/sqlite/x.ts',
      `import { systemClock } from '../clock.ts'`,
      'never import one another',
    ],
    [
      'a service with an adapter',
      'src/supervisor/x.ts',
      `import { x } from '../adapters/process/x.ts'`,
      'may not import adapters',
    ],
    [
      'an adapter loaded late',
      'src/daemon/x.ts',
      `const x = await import('../adapters/sqlite/x.ts')`,
      'may not import adapters',
    ],
    [
      'the client using the API',
      'src/client/x.ts',
      `import type { X } from '../api/services.ts'`,
      'client may not import api',
    ],
    [
      'the API using the client',
      'src/api/x.ts',
      `import { x } from '../client/client.ts'`,
      'api may not import client',
    ],
    [
      'the CLI using an adapter',
      'src/cli/x.ts',
      `import {\n  x,\n} from '../adapters/postgres/x.ts'`,
      'cli may not import adapters',
    ],
    [
      'the contract with a port',
      'src/contract/x.ts',
      `import type { Task } from '../ports/task-queue.ts'`,
      'contract may not import ports',
    ],
    [
      'the insides of the configuration',
      'src/worker/x.ts',
      `import { x } from '../config/schema.ts'`,
      'only src/config/policy.ts',
    ],
    [
      'a short command that loads the UI',
      'src/cli/x.ts',
      `import { app } from '../../tui/app.tsx'`,
      'dynamic import only',
    ],
    [
      'a folder nobody planned',
      'src/utils/x.ts',
      `import '../domain/task.ts'`,
      'utils may not import domain',
    ],
  ])('%s', (_, path, text, problem) => {
    expect(arrowViolations([file(path, text)])).toEqual([expect.stringContaining(problem)])
  })

  it.each([
    ['src/cli/x.ts', `const { app } = await import('../../tui/app.tsx')`],
    ['src/contract/x.ts', `import type { Task } from '../domain/task.ts'`],
    ['src/worker/x.ts', `import type { Policy } from '../config/policy.ts'`],
    ['src/domain/capacity/x.ts', `import { taskId } from '../ids.ts'`],
  ])('and lets %s be: %s', (path, text) => {
    expect(arrowViolations([file(path, text)])).toEqual([])
  })

  it('a cycle, also of types alone', () => {
    const found = cycles([
      file('src/api/a.ts', `import type { B } from '../supervisor/b.ts'`),
      file('src/supervisor/b.ts', `import type { C } from '../daemon/c.ts'`),
      file('src/daemon/c.ts', `import { a } from '../api/a.ts'`),
    ])
    expect(found).toContain('api → supervisor → daemon → api')
  })

  it.each([
    ['src/cli/x.ts', `import { render } from 'ink'`],
    ['src/daemon/x.ts', `import type { ReactNode } from 'react'`],
    ['src/domain/x.ts', `import { createHash } from 'node:crypto'`],
    ['src/supervisor/x.ts', `import { Pool } from 'pg'`],
    ['src/client/x.ts', `import { z } from 'zod'`],
    ['src/worker/x.ts', `import { setTimeout as sleep } from 'node:timers/promises'`],
    ['src/daemon/x.ts', `import { performance } from 'node:perf_hooks'`],
  ])('%s: %s', (path, text) => {
    expect(packageViolations([file(path, text)])).toHaveLength(1)
  })

  it.each([
    'export const a = Date.now()',
    'export const a = new Date()',
    'export const a = new Date',
    'export const a = Date()',
    'export const a = Temporal.Now.instant()',
    'export const a = performance.now()',
    'export const a = process.hrtime.bigint()',
    'setTimeout(() => {}, 1)',
    'globalThis.setInterval(() => {}, 1)',
    'export const a = AbortSignal.timeout(5)',
    'export const a = Math.random()',
    `import { randomUUID } from 'node:crypto'; export const a = randomUUID()`,
  ])('time and chance: %s', async (text) => {
    expect(await ambientViolations([file('src/daemon/x.ts', text)])).toHaveLength(1)
    expect(await ambientViolations([file('src/adapters/clock.ts', text)])).toEqual([])
  })

  it.each([
    '// Date.now() would be wrong here\nexport const a = 1',
    'export const a = new Date(5).toISOString()',
    'export const a = (socket: { setTimeout(ms: number): void }) => socket.setTimeout(5)',
    'export const toDate = (ms: number) => new Date(ms)',
  ])('but not: %s', async (text) => {
    expect(await ambientViolations([file('src/daemon/x.ts', text)])).toEqual([])
  })

  it.each([
    'export const a = async () => 1',
    'export const a = process.env',
    'export const a = Promise.resolve(1)',
  ])('an impure domain: %s', async (text) => {
    expect(await ambientViolations([file('src/domain/x.ts', text)])).toHaveLength(1)
    expect(await ambientViolations([file('src/worker/x.ts', text)])).toEqual([])
  })
})
