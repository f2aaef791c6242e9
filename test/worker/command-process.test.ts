import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/adapters/clock.ts'
import { systemPipes } from '../../src/adapters/process/pipes.ts'
import type { Pipes } from '../../src/ports/pipes.ts'
import { createCommandHost } from '../../src/worker/command-process.ts'
import type { CommandSpec } from '../../src/worker/command-process.ts'

const clock = systemClock()
const shell = (script: string): [string, string, string] => ['/bin/sh', '-c', script]

/** What a command said, and how it ended. */
async function run(
  command: CommandSpec['command'],
  { pipes = systemPipes(), stdin = '' }: { pipes?: Pipes; stdin?: string | null } = {},
) {
  const said = { stdout: '', stderr: '' }
  const sink = (name: keyof typeof said) => ({
    push: (chunk: Buffer) => void (said[name] += chunk.toString('latin1')),
    end: () => {},
  })
  const env = { PATH: process.env['PATH'] ?? '', JRCTL_ATTEMPT_MARK: 'command-process-test' }
  const mark = 'command-process-test'
  const host = createCommandHost(clock, pipes)
  const spawned = await host({
    command,
    env,
    mark,
    stdin,
    stdout: sink('stdout'),
    stderr: sink('stderr'),
  })
  if (spawned.kind !== 'started') return { ...spawned, ...said }
  const exit = await spawned.command.ended
  return { kind: 'ended', ...exit, ...said }
}

/** Those that look at themselves are not there any more when they are counted. */
const openFiles = (): number => readdirSync('/proc/self/fd').length

/** How many pipes may be made before there are none. */
function scarcePipes(count: number): Pipes {
  const real = systemPipes()
  let left = count
  return () => (left-- > 0 ? real() : null)
}

describe('a command', () => {
  test('may open its stdio by name, as files', async () => {
    const script = 'cat /dev/stdin; echo out > /dev/stdout; echo err > /dev/stderr'
    expect(await run(shell(script), { stdin: 'in\n' })).toMatchObject({
      code: 0,
      stdout: 'in\nout\n',
      stderr: 'err\n',
    })
  })

  test('is run where there are no pipes, or not enough of them', async () => {
    for (const count of [0, 1, 2])
      expect(
        await run(shell('cat; echo err >&2'), { pipes: scarcePipes(count), stdin: 'in\n' }),
      ).toMatchObject({ code: 0, stdout: 'in\n', stderr: 'err\n' })
  })

  test('that reads nothing, or is none, leaves no file open', async () => {
    const much = 'x'.repeat(1_000_000)
    await run(shell('exit 0'), { stdin: much })
    const before = openFiles()
    for (let count = 0; count < 10; count++) {
      expect(await run(shell('exit 3'), { stdin: much })).toMatchObject({ code: 3, treeGone: true })
      expect(await run(['/no/such/program'])).toMatchObject({ kind: 'missing' })
      await run(shell('cat'), { pipes: scarcePipes(2) })
    }
    expect(openFiles()).toBe(before)
  })

  test('whose child holds on to its output is not waited for longer than it lives', async () => {
    const ended = await run(shell('sleep 1000 & echo out'))
    expect(ended).toMatchObject({ code: 0, treeGone: true, stdout: 'out\n' })
  })

  test('is not read while nobody wants what it says', async () => {
    let bytes = 0
    const full = Promise.withResolvers<void>()
    const spawned = await createCommandHost(
      clock,
      systemPipes(),
    )({
      // Would rather fail than wait for room.
      command: shell(
        'read go; dd if=/dev/zero bs=4096 count=100000 oflag=nonblock 2>/dev/null; echo full >&2; read go',
      ),
      env: { PATH: process.env['PATH'] ?? '', JRCTL_ATTEMPT_MARK: 'not-read' },
      mark: 'not-read',
      stdin: null,
      stdout: { push: (chunk) => void (bytes += chunk.length), end: () => {} },
      stderr: { push: () => full.resolve(), end: () => {} },
    })
    if (spawned.kind !== 'started') throw new Error(spawned.reason)
    const { command } = spawned
    command.pauseOutput(true)
    command.stdin.write('\n')
    await full.promise
    expect(bytes).toBe(0)
    command.pauseOutput(false)
    command.stdin.end('\n')
    expect(await command.ended).toMatchObject({ code: 0 })
    expect(bytes).toBeGreaterThanOrEqual(64 * 1024)
    expect(bytes).toBeLessThan(1024 * 1024)
  })
})
