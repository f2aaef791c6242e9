import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run } from '../../../src/cli/bus.ts'
import { parseData } from '../../../src/cli/bus/data.ts'
import type { CommandOrder, CommandOutcome } from '../../../src/cli/local-services.ts'
import { exitCode, type ExitCode } from '../../../src/errors.ts'
import { serve, type Served } from '../../api/served.ts'
import type { FakeClock } from '../../fakes/clock.ts'
import { fakeCli, type FakeCli, type FakeCliOptions } from '../fake-cli.ts'

let served: Served
beforeEach(async () => {
  served = await serve()
})
afterEach(() => served.stop())

interface Running {
  cli: FakeCli
  code: Promise<ExitCode>
}

function start(args: string[], options: FakeCliOptions = {}): Running {
  const cli = fakeCli({ args, client: served.client, ...options })
  return { cli, code: run(cli) }
}

async function jrctl(
  args: string[],
  options: FakeCliOptions = {},
): Promise<{ cli: FakeCli; code: ExitCode }> {
  const { cli, code } = start(args, options)
  return { cli, code: await code }
}

const subscribed = (count = 1) => expect.poll(() => served.services.bus.view().subscribers).toBe(count)
const responding = (count = 1) => expect.poll(() => served.services.bus.view().responders).toBe(count)
const publish = (topic: string, data: string | number) => served.client.call('publishBus', { topic, data })

/** A responder whose commands are what `make` says. */
function responder(
  make: (order: CommandOrder, signal: AbortSignal) => Promise<CommandOutcome>,
  ...more: string[]
): Running {
  const args = ['respond', 'calc.*', ...more, '--', 'calc', '-x']
  return start(args, { local: { runCommand: make, findProgram: async () => '/usr/bin/calc' } })
}
const printed = (stdout: string, more: Partial<CommandOutcome & { kind: 'ended' }> = {}): CommandOutcome => ({
  kind: 'ended',
  code: 0,
  signal: null,
  stdout,
  stderr: '',
  isCut: false,
  ...more,
})

describe('jrctl bus publish', () => {
  it('says how many heard it', async () => {
    expect((await jrctl(['publish', 'prices.eur', '{"usd": 1}'])).cli.out).toBe(
      'Nobody listens to prices.eur.\n',
    )
    const listener = start(['subscribe', 'prices.*', '--count', '1'], { json: true })
    await subscribed()
    const { cli } = await jrctl(['publish', 'prices.eur', '{"usd": 1}'])
    expect(cli.out).toBe('Published to 1 subscriber.\n')
    expect(await listener.code).toBe(exitCode.ok)
    expect(JSON.parse(listener.cli.out)).toMatchObject({ message: { topic: 'prices.eur', data: { usd: 1 } } })
  })

  it('reads stdin', async () => {
    const listener = start(['subscribe', '>', '-n', '1'], { json: true })
    await subscribed()
    await jrctl(['publish', 'a', '-'], { stdin: '[1,\n2]\n' })
    await listener.code
    expect(JSON.parse(listener.cli.out)).toMatchObject({ message: { data: [1, 2] } })
  })

  it('is told what is no topic', async () => {
    await expect(jrctl(['publish', 'a.*'])).rejects.toMatchObject({ exit: exitCode.usage })
    await expect(jrctl(['publish', 'task.mine'])).rejects.toThrow(/only the daemon/)
  })

  it.each([
    ['42', 42],
    ['hello there', 'hello there'],
    ['"a"', 'a'],
    ['true', true],
    ['', null],
    [' {"a": [1]} \n', { a: [1] }],
    ['two\nlines\n', 'two\nlines'],
  ])('takes %j for %j', (text, data) => {
    expect(parseData(text, 'it')).toEqual(data)
  })

  it.each(['{"a": }', '[1,', '"a'])('takes %s for a slip', (text) => {
    expect(() => parseData(text, 'it')).toThrow('it is not JSON')
  })
})

describe('jrctl bus subscribe', () => {
  it('prints a message a line, safe for a terminal, until it is interrupted', async () => {
    const { cli, code } = start(['subscribe', 'a', 'b.>'])
    await subscribed()
    await publish('a', '\u001b[2J\u202e')
    await publish('b.c', 2)
    await expect.poll(() => cli.out.split('\n')).toHaveLength(3)
    expect(cli.out).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}a {2}.*self-declared/)
    for (const hidden of ['\u001b', '\u202e']) expect(cli.out).not.toContain(hidden)
    cli.interrupt()
    expect(await code).toBe(exitCode.ok)
  })

  it('fails when the daemon goes', async () => {
    const { code } = start(['subscribe', 'a'])
    const refused = expect(code).rejects.toMatchObject({ code: 'daemon.gone' })
    await subscribed()
    await served.stop()
    await refused
  })
})

describe('jrctl bus request', () => {
  it('prints the answer: text as it is, else JSON', async () => {
    const answers = responder(async ({ stdin }) =>
      printed(stdin.includes('"word"') ? 'just words\n' : '{"sum": 3}'),
    )
    await responding()
    expect((await jrctl(['request', 'calc.sum', '[1, 2]'])).cli.out).toBe('{"sum":3}\n')
    expect((await jrctl(['request', 'calc.sum', 'word'])).cli.out).toBe('just words\n')
    const { cli } = await jrctl(['request', 'calc.sum', '[1, 2]', '--cache', '1m'], { json: true })
    expect(JSON.parse(cli.out)).toMatchObject({ apiVersion: 1, ok: true, data: { sum: 3 }, cached: false })
    answers.cli.interrupt()
    expect(await answers.code).toBe(exitCode.ok)
  })

  it('fails with exit 1 at an error, 3 when nobody responds', async () => {
    await expect(jrctl(['request', 'calc.sum'])).rejects.toMatchObject({ exit: exitCode.notFound })
    const answers = responder(async () => printed('', { code: 2, stderr: 'no numbers\n' }))
    await responding()
    await expect(jrctl(['request', 'calc.sum'])).rejects.toMatchObject({
      exit: exitCode.failed,
      message: 'calc.sum answered with an error: no numbers\u240a(calc ended with code 2)',
    })
    const { cli, code } = await jrctl(['request', 'calc.sum'], { json: true })
    expect(code).toBe(exitCode.failed)
    expect(JSON.parse(cli.out)).toMatchObject({ ok: false, error: 'no numbers\n(calc ended with code 2)' })
    answers.cli.interrupt()
    await answers.code
  })

  it('waits no longer than it is told, which is bounded', async () => {
    const answers = responder(
      (_, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve(printed('', { code: null, signal: 'SIGTERM' })))
        }),
    )
    await responding()
    const asked = start(['request', 'calc.sum', '--timeout', '2s'])
    const refused = expect(asked.code).rejects.toMatchObject({
      code: 'bus.timeout',
      message: 'Nobody answered calc.sum within 2000 ms',
    })
    await expect.poll(() => served.services.bus.view().waiting).toBe(1)
    await served.services.clock.advance(2000)
    await refused
    await expect(jrctl(['request', 'calc.sum', '--timeout', '2m'])).rejects.toMatchObject({
      exit: exitCode.usage,
    })
    answers.cli.interrupt()
    await answers.code
  })
})

describe('jrctl bus respond', () => {
  it('does not begin with a program that is not there, of which only askers would learn', async () => {
    const { code } = start(['respond', 'calc.*', '--', '/no/such'], {
      local: { findProgram: async () => undefined },
    })
    await expect(code).rejects.toThrow('no program "/no/such" on PATH')
    expect(served.services.bus.view().responders).toBe(0)
  })

  it('gives its command the request on stdin and who asks by variables', async () => {
    const orders: CommandOrder[] = []
    const answers = responder(async (order) => {
      orders.push(order)
      return printed('')
    })
    await responding()
    await jrctl(['request', 'calc.sum', '{"a": 1}'])
    expect(orders).toMatchObject([
      {
        command: ['calc', '-x'],
        stdin: '{"a":1}\n',
        env: { JRCTL_BUS_TOPIC: 'calc.sum', JRCTL_BUS_FROM: 'cli:tester (self-declared)' },
      },
    ])
    expect(answers.cli.out).toBe('calc.sum  answered  (cli:tester (self-declared))\n')
    answers.cli.interrupt()
    await answers.code
  })

  it('runs no more commands at a time than it may, in their order', async () => {
    const running: { order: CommandOrder; end: (outcome: CommandOutcome) => void }[] = []
    const answers = responder(
      (order) =>
        new Promise((resolve) => {
          running.push({ order, end: resolve })
        }),
      '--concurrency',
      '2',
    )
    await responding()
    const asked = [1, 2, 3].map(async (number) => {
      const { cli } = await jrctl(['request', 'calc.id', String(number)])
      return cli.out
    })
    await expect.poll(() => served.services.bus.view().waiting).toBe(3)
    await expect.poll(() => running).toHaveLength(2)
    for (let at = 0; at < 3; at++) {
      await expect.poll(() => running.length).toBeGreaterThan(at)
      running[at]?.end(printed(running[at]?.order.stdin ?? ''))
    }
    expect((await Promise.all(asked)).toSorted()).toEqual(['1\n', '2\n', '3\n'])
    answers.cli.interrupt()
    await answers.code
  })

  it('ends the command of a request that nobody waits for, and all at its own end', async () => {
    const aborted: string[] = []
    const answers = responder(
      ({ stdin }, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            aborted.push(stdin)
            resolve(printed('', { code: null, signal: 'SIGTERM' }))
          })
        }),
      '--concurrency',
      '2',
    )
    await responding()
    const asker = start(['request', 'calc.sum', '1'])
    const gone = expect(asker.code).rejects.toThrow()
    await expect.poll(() => served.services.bus.view().waiting).toBe(1)
    asker.cli.interrupt()
    await gone
    await expect.poll(() => aborted).toEqual(['1\n'])
    const left = expect(jrctl(['request', 'calc.sum', '2'])).rejects.toMatchObject({
      code: 'bus.responder_gone',
    })
    await expect.poll(() => served.services.bus.view().waiting).toBe(1)
    answers.cli.interrupt()
    expect(await answers.code).toBe(exitCode.ok)
    await left
    expect(aborted).toEqual(['1\n', '2\n'])
  })

  it('answers with an error where there is no such program, or too much was printed', async () => {
    const outcomes: CommandOutcome[] = [
      { kind: 'missing', reason: 'no program "calc" on PATH' },
      printed('x', { isCut: true }),
      printed('', { code: null, signal: 'SIGKILL' }),
    ]
    const answers = responder(async () => outcomes.shift() ?? printed(''))
    await responding()
    for (const words of ['no program "calc" on PATH', 'calc printed more than', 'calc was ended by SIGKILL'])
      await expect(jrctl(['request', 'calc.sum'])).rejects.toThrow(words)
    answers.cli.interrupt()
    await answers.code
  })

  it('tells the asker that the answer was too large', async () => {
    const answers = responder(async () => printed('x'.repeat(300_000)))
    await responding()
    await expect(jrctl(['request', 'calc.sum'])).rejects.toThrow(/at most 262144 are allowed/)
    answers.cli.interrupt()
    await answers.code
  })

  it('waits for a daemon that went away', async () => {
    const answers = responder(async () => printed('1'))
    await responding()
    await served.stop()
    await expect.poll(() => answers.cli.err).toContain('trying again until it is back')
    const clock = answers.cli.clock as FakeClock
    for (const waitMs of [500, 1000]) {
      await expect.poll(() => clock.pending).toBeGreaterThan(0)
      await clock.advance(waitMs)
    }
    // Said once, however often it is tried.
    expect(answers.cli.err.split('trying again')).toHaveLength(2)
    answers.cli.interrupt()
    expect(await answers.code).toBe(exitCode.ok)
  })

  it('wants a command', async () => {
    await expect(jrctl(['respond', 'calc.*'])).rejects.toMatchObject({ exit: exitCode.usage })
  })
})
