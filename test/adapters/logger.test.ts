import { execFileSync } from 'node:child_process'
import { constants } from 'node:fs'
import { mkdtemp, open, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { systemClock } from '../../src/adapters/clock.ts'
import { daemonLogName, type OpenLog, openLogger } from '../../src/adapters/logger.ts'
import { createLogRotator } from '../../src/adapters/logs/rotator.ts'
import { limits, readAll } from './logs/place.ts'

let dir: string
let path: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jrctl-logger-'))
  path = join(dir, daemonLogName)
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const opened = () => openLogger({ level: 'info', dir, console: false })
const messages = (text: string) =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => (JSON.parse(line) as { msg: string }).msg)

async function said(log: OpenLog, ...texts: string[]): Promise<void> {
  for (const text of texts) log.logger.info({}, text)
  await log.flush()
}

it('goes on in a new file when its own was removed', async () => {
  const log = await opened()
  await said(log, 'one')
  await log.tend()
  await said(log, 'two')
  expect(messages(await readFile(path, 'utf8'))).toEqual(['one', 'two'])
  await rm(path)
  await log.tend()
  await said(log, 'three')
  await log.tend()
  await said(log, 'four')
  expect(messages(await readFile(path, 'utf8'))).toEqual(['three', 'four'])
})

it('is rotated while it is written', async () => {
  const log = await opened()
  const rotator = createLogRotator({ clock: systemClock() })
  const texts = Array.from({ length: 300 }, (_, index) => `message ${index}`)
  let parts = 0
  const rotate = async () => (parts += (await rotator.rotate(path, limits)).cutOff.length)
  for (const text of texts) {
    log.logger.info({}, text)
    if (Number(text.slice(8)) % 50 === 49) await rotate()
  }
  await log.flush()
  await rotate()
  expect(parts).toBeGreaterThan(0)
  expect(messages(await readAll(path))).toEqual(texts)
  await log.tend()
  await said(log, 'last')
  expect(messages(await readAll(path)).at(-1)).toBe('last')
})

it('is never written through a link', async () => {
  const other = join(dir, 'precious')
  await writeFile(other, 'x')
  await symlink(other, path)
  await expect(opened()).rejects.toMatchObject({ code: 'logs.unwritable' })
  expect(await readFile(other, 'utf8')).toBe('x')
})

it('is never a pipe, for which it would wait', async () => {
  execFileSync('mkfifo', [path])
  await expect(opened()).rejects.toMatchObject({ code: 'logs.unwritable' })
  const reader = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  await expect(opened()).rejects.toMatchObject({
    code: 'logs.unwritable',
    message: expect.stringContaining('it is no plain file'),
  })
  await reader.close()
})
