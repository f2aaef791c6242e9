import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, rename, rm, stat, unlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  lookAtRunning,
  newestMs,
  replacedProgram,
  textMs,
} from '../../../src/adapters/install/running-program.ts'

const times = { sinceMs: 1, nowMs: 2 }
let folder: string
let path: string
let end: () => Promise<void>
let pid: number

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jrctl-running-'))
  path = join(folder, 'jrctl')
  await copyFile('/bin/sleep', path)
  const child = spawn(path, ['1000'])
  const gone = once(child, 'exit')
  await once(child, 'spawn')
  pid = child.pid ?? 0
  end = async () => {
    child.kill('SIGKILL')
    await gone
    await rm(folder, { recursive: true })
  }
})
afterEach(() => end())

const look = (program = path) => lookAtRunning(pid, times, { path: program, entry: null })

it('tells a program that lies where it was started', async () => {
  expect(await look()).toMatchObject({ isOurs: true, isReplaced: false })
  expect(await replacedProgram(pid, times)).toBeNull()
})

it('tells one that another was moved over, as a copy by hand is', async () => {
  await copyFile('/bin/sleep', `${path}.new`)
  await rename(`${path}.new`, path)
  expect(await look()).toMatchObject({ isOurs: true, isReplaced: true })
  expect(await replacedProgram(pid, times)).toBe(path)
})

it('tells one that was set aside before another came', async () => {
  await rename(path, `${path}.old`)
  await copyFile('/bin/sleep', path)
  expect(await look()).toMatchObject({ isOurs: true, isReplaced: true })
})

it.each([
  ['under another name', 'old-jrctl'],
  ['in another folder', 'kept/jrctl.bak'],
])('tells one that was kept %s before another came', async (_, kept) => {
  await mkdir(join(folder, 'kept'))
  await rename(path, join(folder, kept))
  await copyFile('/bin/sleep', path)
  expect(await look()).toMatchObject({ isOurs: true, isReplaced: true })
  expect(await replacedProgram(pid, times)).toBe(path)
  await unlink(join(folder, kept))
  expect(await look()).toMatchObject({ isOurs: true, isReplaced: true })
  expect(await replacedProgram(pid, times)).toBe(path)
})

it('is not told of one that has no successor: it cannot be started anew', async () => {
  await unlink(path)
  expect(await look()).toMatchObject({ isReplaced: false })
})

it('takes nobody else for ours', async () => {
  expect(await look('/usr/local/bin/jrctl')).toMatchObject({ isOurs: false, isReplaced: false })
})

it('dates a file by when it was put there, also where a copy kept the date of what was copied', async () => {
  const built = join(folder, 'main.js')
  await writeFile(built, '')
  await utimes(built, 1, 1)
  const { ctimeMs } = await stat(built)
  expect(await newestMs([built, join(folder, 'none')], ctimeMs + 1)).toBe(ctimeMs)
  expect(await newestMs([built], 2000)).toBe(1000)
  expect(await newestMs([built], 1)).toBeNull()
  // As one that was closed to others afterwards.
  expect(await textMs(built, ctimeMs + 1)).toBe(1000)
  expect(await textMs(join(folder, 'none'), ctimeMs)).toBeNull()
})
