import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { prepareSocketFolder } from '../../src/main/socket-folder.ts'

const uid = process.getuid?.() ?? 0
let base: string
beforeEach(() => {
  base = mkdtempSync('/tmp/jrctl-test-')
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

it('is made for us alone', () => {
  prepareSocketFolder(join(base, 'a/jrctl.sock'), uid)
  expect(statSync(join(base, 'a')).mode & 0o777).toBe(0o700)
  prepareSocketFolder(join(base, 'a/jrctl.sock'), uid)
})

it('is refused in /tmp when others can enter it, when it is a link, when it is not ours', () => {
  mkdirSync(join(base, 'open'))
  chmodSync(join(base, 'open'), 0o755)
  mkdirSync(join(base, 'target'), { mode: 0o700 })
  symlinkSync(join(base, 'target'), join(base, 'link'))
  expect(() => prepareSocketFolder(join(base, 'open/jrctl.sock'), uid)).toThrow(/not ours alone/)
  expect(() => prepareSocketFolder(join(base, 'link/jrctl.sock'), uid)).toThrow(/not ours alone/)
  expect(() => prepareSocketFolder(join(base, 'target/jrctl.sock'), uid + 1)).toThrow(/not ours alone/)
})
