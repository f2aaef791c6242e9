import { appendFile, mkdtemp, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { awaitLine } from '../../../src/adapters/readiness/await-line.ts'
import { systemClock } from '../../../src/adapters/clock.ts'
import { fakeClock } from '../../fakes/clock.ts'

let dir: string
let file: string
let ended: AbortController
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jrctl-line-'))
  file = join(dir, 'worker.log')
  ended = new AbortController()
})
afterEach(async () => {
  ended.abort()
  await rm(dir, { recursive: true })
})

const follow = (pattern: string, fromOffset = 0) =>
  awaitLine(systemClock(), { file, fromOffset, pattern }, ended.signal)

test('a line is seen by notice, not by the next look', async () => {
  await writeFile(file, '')
  // Its time does not pass: no next look comes.
  const found = awaitLine(fakeClock(), { file, fromOffset: 0, pattern: 'ready' }, ended.signal)
  await appendFile(file, 'ready\n')
  expect(await found).toBeNull()
})

test('a log that is set back or replaced is read from its beginning', async () => {
  await writeFile(file, 'old line\n'.repeat(1000))
  const cut = follow('ready', 9000)
  await truncate(file, 0)
  await appendFile(file, 'ready\n')
  expect(await cut).toBeNull()

  await writeFile(file, 'old line\n'.repeat(1000))
  const replaced = follow('ready', 9000)
  await writeFile(join(dir, 'new'), 'ready\n')
  await rename(join(dir, 'new'), file)
  expect(await replaced).toBeNull()
})

test('much is read in pieces', async () => {
  await writeFile(file, `${`${'x'.repeat(99)}\n`.repeat(50_000)}ready\n`)
  expect(await follow('^ready$')).toBeNull()
})

test('nothing is read through a link', async () => {
  await writeFile(join(dir, 'other'), 'ready\n')
  await symlink(join(dir, 'other'), file)
  const found = follow('ready')
  await appendFile(join(dir, 'other'), 'ready\n')
  ended.abort()
  expect(await found).toBe('not asked any more')
})

test('a pattern that takes too long is given up with a word on it', async () => {
  await writeFile(file, `${'a'.repeat(60)}b\n`)
  const found = follow('^(a+)+$')
  for (let line = 0; line < 5; line++) await appendFile(file, `${'a'.repeat(60)}b\n`)
  const waiting = setInterval(() => void appendFile(file, `${'a'.repeat(60)}b\n`), 50)
  expect(await found).toBe('/^(a+)+$/ takes too long on its lines; write a simpler one')
  clearInterval(waiting)
})
