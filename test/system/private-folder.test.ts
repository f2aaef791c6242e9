import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makePrivateFolder } from '../../src/system/private-folder.ts'

let root = ''
let umask = 0
const modeOf = (path: string): string => (statSync(join(root, path)).mode & 0o777).toString(8)

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'jrctl-private-'))
  umask = process.umask(0o077)
})
afterEach(() => {
  process.umask(umask)
  rmSync(root, { recursive: true })
})

it('lets everybody pass to it, and nobody in', () => {
  makePrivateFolder(join(root, 'var/lib/ours/'))
  expect(['var', 'var/lib', 'var/lib/ours'].map(modeOf)).toEqual(['755', '755', '700'])
  expect(modeOf('.')).toBe('700')
})

it('leaves what is there as it is', () => {
  makePrivateFolder(join(root, 'var'))
  makePrivateFolder(join(root, 'var/ours'))
  makePrivateFolder(join(root, 'var'))
  expect(['var', 'var/ours'].map(modeOf)).toEqual(['700', '700'])
})
