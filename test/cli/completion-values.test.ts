import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { commands } from '../../src/cli/commands.ts'
import type { Cli } from '../../src/cli/command.ts'
import type { RuleDesk } from '../../src/cli/rules/desk.ts'
import { exitCode, OperationalError } from '../../src/errors.ts'
import { serve, type Served } from '../api/served.ts'
import { fakeClock } from '../fakes/clock.ts'
import { fakeCli, type FakeCli, type FakeCliOptions } from './fake-cli.ts'

let served: Served
beforeEach(async () => {
  served = await serve()
})
afterEach(() => served.stop())

async function values(args: string[], options: FakeCliOptions = {}): Promise<FakeCli> {
  const cli = fakeCli({ args: ['values', ...args], client: served.client, ...options })
  expect(await complete(cli)).toBe(exitCode.ok)
  expect(cli.err).toBe('')
  return cli
}

async function complete(cli: Cli) {
  return (await commands.find(({ name }) => name === 'completion')?.load())?.run(cli)
}

const add = async (...titles: string[]) =>
  (await served.client.call('addTasks', { tasks: titles.map((title) => ({ title })) })).ids

describe('jrctl completion values', () => {
  it('has the tasks that are not finished, the newest first, with titles that no terminal obeys', async () => {
    const [one, two] = await add('first', '\u001b]0;owned\u0007\nred\u202e', 'third')
    await served.client.call('cancelTask', { id: 3 })
    expect((await values(['task'])).out).toBe(`${two}\t␛␊red� (pending)\n${one}\tfirst (pending)\n`)
    expect((await values(['task', '--', String(one)])).out).toBe(`${one}\tfirst (pending)\n`)
  })

  it('has no more tasks than a screen takes, and older ones by the beginning of their ids', async () => {
    const ids = await add(...Array.from({ length: 120 }, (_, n) => `task ${n}`))
    const newest = (await values(['task'])).out.split('\n').slice(0, -1)
    expect(newest).toHaveLength(30)
    expect(newest[0]).toMatch(new RegExp(`^${ids.at(-1)}\t`))
    expect((await values(['task', '--', String(ids[6])])).out).toContain(`${ids[6]}\ttask 6 (pending)\n`)
  })

  it('has the Jrs with how they stand', async () => {
    expect((await values(['jr'])).out).toBe('a_jr\trunning\n')
    expect((await values(['jr', '--', 'b'])).out).toBe('')
  })

  it('has campaigns; rules, which need no daemon; types of events and topics', async () => {
    await served.client.call('addCampaign', { name: 'Spring' })
    expect((await values(['campaign'])).out).toBe('Spring\tactive\n')
    const desk = { rules: [{ name: 'queue_saturated', condition: 'many wait' }] } as unknown as RuleDesk
    expect((await values(['rule'], { local: { rules: async () => desk } })).out).toBe(
      'queue_saturated\tmany wait\n',
    )
    expect((await values(['event', '--', 'dlq'])).out).toBe('dlq.*\tall of dlq\ndlq.added\t\n')
    expect((await values(['topic', '--', 'dlq.>'])).out).toBe('dlq.>\tall of dlq\n')
  })

  it('leaves out a name that would move the cursor or break the line', async () => {
    const rules = ['fine', 'a\u001b[2J', 'b\nc', 'd\te', '\u202ef', ''].map((name) => ({
      name,
      condition: '',
    }))
    const desk = { rules } as unknown as RuleDesk
    expect((await values(['rule'], { local: { rules: async () => desk } })).out).toBe('fine\t\n')
  })

  it('is silent where nobody answers', async () => {
    const call = async () => {
      throw new OperationalError('No daemon answers', { code: 'daemon.unreachable', retryable: true })
    }
    expect((await values(['jr'], { client: { ...served.client, call } })).out).toBe('')
  })

  it('waits for nobody longer than 300 ms', async () => {
    const clock = fakeClock()
    let signal: AbortSignal | undefined
    const call = (_: unknown, __: unknown, given?: AbortSignal) => {
      signal = given
      return new Promise<never>(() => {})
    }
    const cli = Object.assign(fakeCli({ args: ['values', 'jr'], client: { ...served.client, call } }), {
      clock,
    })
    const done = complete(cli)
    await expect.poll(() => signal).toBeDefined()
    await clock.advance(300)
    expect(await done).toBe(exitCode.ok)
    expect(signal?.aborted).toBe(true)
    expect(cli.out).toBe('')
  })
})
