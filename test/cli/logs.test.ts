import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/adapters/clock.ts'
import { createLogReader } from '../../src/adapters/logs/reader.ts'
import { run } from '../../src/cli/logs.ts'
import type { NamedLog } from '../../src/cli/local-services.ts'
import { exitCode } from '../../src/errors.ts'
import { fakeCli } from './fake-cli.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jrctl-logs-'))
  path = join(folder, 'a_jr.log')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const logOf = (instance: number, file: string): NamedLog => ({
  jr: 'a_jr',
  instance,
  path: join(folder, file),
  reader: createLogReader(join(folder, file), systemClock()),
})

/** Two instances, the second of which is there only when its file is. */
const cliOf = (args: readonly string[], json = false) =>
  fakeCli({
    args,
    json,
    local: {
      logs: {
        open: async (_, instance) => ({
          logs: [logOf(1, 'a_jr.log'), logOf(2, 'a_jr.2.log')].filter(
            (log) => instance === undefined || log.instance === instance,
          ),
          known: ['a_jr'],
        }),
      },
    },
  })

async function logs(...args: string[]): Promise<string> {
  const cli = cliOf(args)
  expect(await run(cli)).toBe(exitCode.ok)
  return cli.out
}

const pinoLine = '{"level":40,"time":"2026-01-01T10:00:00.000Z","msg":"look \\u001b[31mout"}'

it('shows our own lines readably and others made safe', async () => {
  await writeFile(path, `${pinoLine}\nplain \u001b[2Jtext\n{"not ours"\n`)
  expect(await logs()).toBe('2026-01-01 10:00:00 WARN  look ␛out\nplain ␛text\n{"not ours"\n')
})

it('--raw gives what was written', async () => {
  await writeFile(path, `${pinoLine}\nplain \u001b[2Jtext\nbegun`)
  expect(await logs('--raw')).toBe(`${pinoLine}\nplain \u001b[2Jtext\nbegun`)
})

it('--json gives a shape a line', async () => {
  await writeFile(path, `${pinoLine}\n  its trace\n`)
  const cli = cliOf([], true)
  await run(cli)
  expect(cli.out.split('\n').map((line) => line && JSON.parse(line))).toEqual([
    {
      apiVersion: 1,
      worker: 'a_jr',
      instance: 1,
      time: '2026-01-01T10:00:00.000Z',
      level: 'warn',
      message: 'look \u001b[31mout',
      line: pinoLine,
      cutBytes: 0,
    },
    {
      apiVersion: 1,
      worker: 'a_jr',
      instance: 1,
      time: '2026-01-01T10:00:00.000Z',
      level: null,
      message: '  its trace',
      line: '  its trace',
      cutBytes: 0,
    },
    '',
  ])
})

it('cuts what is too long, and says so', async () => {
  await writeFile(path, `${'x'.repeat(1_000_000)}\nnext\n`)
  const [first = '', second] = (await logs()).split('\n')
  expect(first).toMatch(/^x{9999}… \[a line of 1000000 bytes\]$/)
  expect(second).toBe('next')
})

describe('--since', () => {
  it('keeps what belongs to a later line', async () => {
    await writeFile(path, '2026-01-01T10:00:00Z early\n  its trace\n2026-01-01T11:00:00Z late\n  its trace\n')
    expect(await logs('--since', '2026-01-01T10:30Z')).toBe('2026-01-01T11:00:00Z late\n  its trace\n')
    expect(await logs('--since', '2026-01-01T10:30Z', '-n', '1')).toBe('  its trace\n')
  })

  it('where no line has a time, shows the file and says so', async () => {
    await writeFile(path, 'one\ntwo\n')
    const cli = cliOf(['--since', '1h'])
    await run(cli)
    expect(cli.out).toBe('one\ntwo\n')
    expect(cli.err).toMatch(/carry no time/)
  })
})

describe('several instances', () => {
  beforeEach(async () => {
    await writeFile(path, '2026-01-01T10:00:00Z a\n  more\n2026-01-01T12:00:00Z c\n')
    await writeFile(join(folder, 'a_jr.2.log'), '2026-01-01T11:00:00Z b\n2026-01-01T13:00:00Z d\n')
  })

  it('are one, by time, each line with its number', async () => {
    expect((await logs()).replaceAll(/2026-01-01T|:00:00Z/g, '')).toBe(
      '#1 | 10 a\n#1 |   more\n#2 | 11 b\n#1 | 12 c\n#2 | 13 d\n',
    )
  })

  it('--instance shows one of them', async () => {
    expect(await logs('--instance', '2')).toBe('2026-01-01T11:00:00Z b\n2026-01-01T13:00:00Z d\n')
  })
})

it('follows until interrupted, also one that is not there yet', async () => {
  await writeFile(path, 'one\n')
  const cli = cliOf(['-f'])
  const running = run(cli)
  await expect.poll(() => cli.out).toBe('#1 | one\n')
  await appendFile(path, 'two\n')
  await expect.poll(() => cli.out).toBe('#1 | one\n#1 | two\n')
  await writeFile(join(folder, 'a_jr.2.log'), 'three\n')
  await expect.poll(() => cli.out, { timeout: 5000 }).toBe('#1 | one\n#1 | two\n#2 | three\n')
  cli.interrupt()
  expect(await running).toBe(exitCode.ok)
})

it('waits for no log of a name that no worker has', async () => {
  const jr = { ...logOf(1, 'b_jr.log'), jr: 'b_jr' }
  const open = async () => ({ logs: [jr], known: ['a_jr'] })
  await expect(run(fakeCli({ args: ['b_jr', '-f'], local: { logs: { open } } }))).rejects.toMatchObject({
    message: 'there is no worker b_jr, and no log of one',
    hint: 'Did you mean "a_jr"? There are: a_jr.',
    exit: exitCode.notFound,
  })
})

it.each([
  [['b_jr'], /there is no log yet: .*a_jr\.log/, exitCode.notFound],
  [['--raw', '--since', '1h'], /--raw knows no lines/, exitCode.usage],
  [['--raw', '-f'], /--raw follows one instance only/, exitCode.usage],
])('%j is refused', async (args, message, exit) => {
  if (args[0] !== 'b_jr')
    for (const name of ['a_jr.log', 'a_jr.2.log']) await writeFile(join(folder, name), 'x\n')
  const error: unknown = await run(cliOf(args)).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ exit, message: expect.stringMatching(message) })
})
