import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ensureFolder, findTarget } from '../../src/main/backup-target.ts'

let cwd: string
beforeEach(() => {
  cwd = mkdtempSync('/tmp/jrctl-test-')
})
afterEach(() => rmSync(cwd, { recursive: true, force: true }))

const find = (written: string, keep: number | null = null) =>
  findTarget(written, { cwd, keep, stdoutIsTerminal: false })

it('is a file where nothing says otherwise', async () => {
  expect(await find('new')).toEqual({ kind: 'file', folder: cwd, name: 'new' })
  mkdirSync(join(cwd, 'there'))
  expect(await find('there')).toEqual({ kind: 'file', folder: join(cwd, 'there'), name: null })
})

it.each([
  ['new/', null],
  ['new/.', null],
  ['new', 14],
] as const)('is a folder to be made: %s, keep %s', async (written, keep) => {
  expect(await find(written, keep)).toEqual({ kind: 'file', folder: join(cwd, 'new'), name: null })
})

it('makes one level of it, for us alone, and says whether it did', async () => {
  expect(await ensureFolder(join(cwd, 'new'))).toBe(true)
  expect(statSync(join(cwd, 'new')).mode & 0o777).toBe(0o700)
  expect(await ensureFolder(join(cwd, 'new'))).toBe(false)
  await expect(find("it's/not/there/", 3)).rejects.toMatchObject({
    hint: `mkdir -p -m 700 '${cwd}/it'\\''s/not'`,
  })
})

it('is refused where a folder is meant and a file is there', async () => {
  writeFileSync(join(cwd, 'file'), '')
  await expect(find('file/')).rejects.toThrow('the / after it means a folder')
  await expect(find('file', 2)).rejects.toThrow('--keep means a folder')
  await expect(find('')).rejects.toThrow('is empty')
  await expect(find('-', 2)).rejects.toThrow('--keep needs a folder')
  await expect(find('/dev/null')).rejects.toMatchObject({
    message: '/dev/null is neither a file nor a folder: no backup can take its place',
    hint: expect.not.stringContaining('remove'),
  })
})
