import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { namedSelf } from '../../src/main/named-self.ts'

describe('an executable of any name', () => {
  let stateDir: string
  beforeEach(() => {
    stateDir = mkdtempSync(join(tmpdir(), 'jrctl-self-'))
  })
  afterEach(() => rmSync(stateDir, { recursive: true, force: true }))

  it('that is called jrctl is found in its own folder', () => {
    const self = { path: '/opt/jrctl', binDir: '/opt' }
    expect(namedSelf(stateDir, self)).toBe(self)
    expect(readdirSync(stateDir)).toEqual([])
  })

  it('is found as jrctl by a link, which follows it when it moves', () => {
    for (const path of ['/opt/jrctl-0.1-x64', '/opt/jrctl-0.1-x64', '/opt/jrctl-0.2-x64']) {
      const { binDir } = namedSelf(stateDir, { path, binDir: '/opt' })
      expect(readlinkSync(join(binDir, 'jrctl'))).toBe(path)
      expect(readdirSync(binDir)).toEqual(['jrctl'])
    }
  })
})
