import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { root } from '../architecture/source-file.ts'

interface Output {
  entryPoint?: string
  inputs: object
  imports: { path: string; kind: string }[]
}

describe('the terminal UI in the bundle', () => {
  let outputs: Record<string, Output>
  beforeAll(async () => {
    await promisify(execFile)(join(root, 'bin/build'))
    const text = readFileSync(join(root, 'dist/meta.json'), 'utf8')
    outputs = (JSON.parse(text) as { outputs: Record<string, Output> }).outputs
  }, 60_000)

  /** Every source that is loaded with this entry; what it imports later is not. */
  const loadedWith = (entryPoint: string): string[] => {
    const waiting = Object.keys(outputs).filter((name) => outputs[name]?.entryPoint === entryPoint)
    expect(waiting).toHaveLength(1)
    for (const name of waiting) {
      const next = outputs[name]?.imports.filter(({ kind }) => kind === 'import-statement') ?? []
      for (const { path } of next) if (path in outputs && !waiting.includes(path)) waiting.push(path)
    }
    return waiting.flatMap((name) => Object.keys(outputs[name]?.inputs ?? {}))
  }
  const ofReact = (path: string) => /^(?:tui\/|node_modules\/(?:react|ink|yoga-layout))/.test(path)

  it('is loaded by nothing but itself, not even by its command before it is needed', () => {
    const entries = Object.values(outputs).flatMap(({ entryPoint }) => entryPoint ?? [])
    const ours = entries.filter((entry) => entry.startsWith('src/'))
    expect(ours).toContain('src/cli/top.ts')
    expect(ours.filter((entry) => loadedWith(entry).some(ofReact))).toEqual([])
  })

  it('prints and streams without Ink', () => {
    const isInk = (path: string) => /^node_modules\/(?:react|ink|yoga-layout)/.test(path)
    expect(['tui/print.ts', 'tui/stream.ts'].filter((entry) => loadedWith(entry).some(isInk))).toEqual([])
  })

  it('is made with React for production, whose development build leaks', () => {
    const react = loadedWith('tui/run.tsx').filter((path) => /node_modules\/react/.test(path))
    expect(react.some((path) => path.includes('production'))).toBe(true)
    expect(react.filter((path) => path.includes('development'))).toEqual([])
  })

  it('draws rows and measures text by what is quick, with no other copy of it', () => {
    const loaded = loadedWith('tui/run.tsx')
    const names = ['rows-output', 'quick-width', 'known-text', 'line-update']
    const ours = names.map((name) => `tui/ink/${name}.ts`)
    expect(loaded).toEqual(expect.arrayContaining(ours))
    expect(loaded.filter((path) => path.endsWith('string-width/index.js'))).toEqual([
      'node_modules/string-width/index.js',
    ])
  })
})
