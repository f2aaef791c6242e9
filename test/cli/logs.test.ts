import { appendFile, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run } from '../../src/cli/logs.ts'
import { LogTail, readTail } from '../../src/cli/logs/tail.ts'
import { exitCode } from '../../src/errors.ts'
import type { FakeClock } from '../fakes/clock.ts'
import { fakeCli } from './fake-cli.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jrctl-logs-'))
  path = join(folder, 'a.log')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const logs = (...args: string[]) =>
  fakeCli({ args, local: { logs: { file: async () => ({ path, known: ['a_jr'] }) } } })

describe('the tail', () => {
  it.each([
    ['', 3, []],
    ['one\n', 3, ['one']],
    ['one\ntwo\nthree\n', 2, ['two', 'three']],
    ['one\ntwo', 1, ['two']],
    ['\n\n\n', 2, ['', '']],
  ])('of %j, %i lines', async (text, count, lines) => {
    await writeFile(path, text)
    expect((await readTail(path, count))?.lines).toEqual(lines)
  })

  it('of a large file with wide characters across blocks', async () => {
    const lines = Array.from({ length: 20_000 }, (_, number) => `${number} ü日本`)
    await writeFile(path, `${lines.join('\n')}\n`)
    expect((await readTail(path, 5000))?.lines).toEqual(lines.slice(-5000))
  })

  it('of no file is undefined', async () => {
    expect(await readTail(path, 1)).toBeUndefined()
  })
})

describe('following', () => {
  it('gives whole lines, also of a file that comes late, shrinks, or is replaced', async () => {
    const tail = new LogTail(path, 0)
    expect(await tail.more()).toEqual([])
    await writeFile(path, 'one\ntw')
    expect(await tail.more()).toEqual(['one'])
    await appendFile(path, 'o\n')
    expect(await tail.more()).toEqual(['two'])
    await truncate(path, 0)
    await appendFile(path, 'new\n')
    expect(await tail.more()).toEqual(['new'])
    await rename(path, `${path}.1`)
    await writeFile(path, 'other file\n')
    expect(await tail.more()).toEqual(['other file'])
    await tail.close()
  })

  it('goes on until interrupted', async () => {
    await writeFile(path, 'one\n')
    const cli = logs('-f')
    const running = run(cli)
    await expect.poll(() => cli.out).toBe('one\n')
    await appendFile(path, 'two\n')
    await expect
      .poll(async () => {
        await (cli.clock as FakeClock).advance(250)
        return cli.out
      })
      .toBe('one\ntwo\n')
    cli.interrupt()
    expect(await running).toBe(exitCode.ok)
  })
})

describe('logs', () => {
  it('shows our own lines readably and others made safe', async () => {
    await writeFile(
      path,
      '{"level":40,"time":"2026-01-01T10:00:00.000Z","msg":"look \\u001b[31mout"}\nplain \u001b[2Jtext\n{"not ours"\n',
    )
    const cli = logs()
    await run(cli)
    expect(cli.out).toBe('2026-01-01 10:00:00 WARN  look ␛out\nplain ␛text\n{"not ours"\n')
  })

  it('--since keeps what belongs to a later line', async () => {
    await writeFile(path, '2026-01-01T10:00:00Z early\n  its trace\n2026-01-01T11:00:00Z late\n  its trace\n')
    const cli = logs('--since', '2026-01-01T10:30Z')
    await run(cli)
    expect(cli.out).toBe('2026-01-01T11:00:00Z late\n  its trace\n')
  })

  it('says that there is none, exit 3', async () => {
    await expect(run(logs('b_jr'))).rejects.toMatchObject({ exit: exitCode.notFound, hint: 'Workers: a_jr.' })
  })
})
