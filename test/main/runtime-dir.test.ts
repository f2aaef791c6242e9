import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { withRuntimeDir } from '../../src/main/runtime-dir.ts'

let usual: string
beforeEach(() => {
  usual = mkdtempSync('/tmp/jrctl-test-')
})
afterEach(() => rmSync(usual, { recursive: true, force: true }))

it("finds the account's own manager where nobody says where it is, if it runs", () => {
  expect(withRuntimeDir({ A: 'a' }, 1000, usual)).toEqual({ A: 'a' })
  mkdirSync(join(usual, 'systemd'))
  expect(withRuntimeDir({ A: 'a' }, 1000, usual)).toEqual({ A: 'a', XDG_RUNTIME_DIR: usual })
  expect(withRuntimeDir({ XDG_RUNTIME_DIR: '/mine' }, 1000, usual)).toEqual({ XDG_RUNTIME_DIR: '/mine' })
})
