import { describe, expect, it } from 'vitest'
import type { ApiClient } from '../../src/client/client.ts'
import { run } from '../../src/cli/dlq.ts'
import { letterReport } from '../../src/cli/dlq/show.ts'
import type { Inputs } from '../../src/contract/inputs.ts'
import { apiVersion } from '../../src/contract/views.ts'
import { verdictOf, type DeadLetter, type DeathVerdict } from '../../src/domain/dead-letter.ts'
import { OperationalError, UserError } from '../../src/errors.ts'
import { taskLetter } from '../contract-suites/dead-letter-book.ts'
import type { FakeClock } from '../fakes/clock.ts'
import { fakeCli, type FakeCli, type FakeCliOptions } from './fake-cli.ts'

type Wishes = Inputs['replayDeadLetters']['letters']

interface Desk {
  client: ApiClient
  /** The batches that were asked for, by their ids. */
  batches: string[][]
  letters: Map<string, DeadLetter>
}

/** A daemon with so many dead letters, of which it settles what it is asked to. */
function desk(count: number, onBatch: (nth: number) => unknown = () => {}): Desk {
  const letters = new Map(
    Array.from({ length: count }, (_, index) => [String(index + 1), taskLetter(index + 1)]),
  )
  const batches: string[][] = []
  const settle = async (wishes: Wishes, state: 'replayed' | 'purged') => {
    await onBatch(batches.length + 1)
    batches.push(wishes.map(({ id }) => id))
    const verdicts = wishes.map(({ id }): DeathVerdict => {
      const letter = letters.get(id)
      if (letter?.state !== 'dead') return verdictOf(id, letter)
      letters.set(id, { ...letter, state, settledBy: 'ann', settledAt: 0 })
      return { id, kind: 'done' }
    })
    return { apiVersion, verdicts }
  }
  const answers = {
    health: () => ({ apiVersion, ok: true }),
    listDeadLetters({ limit = 100, before = Infinity, search }: Inputs['listDeadLetters']) {
      const matching = [...letters.values()]
        .filter(({ state, taskId }) => state === 'dead' && (taskId ?? 0) < before)
        .filter(({ title }) => search === undefined || title.includes(search))
        .toReversed()
      const page = matching.slice(0, limit)
      const nextBefore = page.length < limit ? null : (page.at(-1)?.taskId ?? null)
      return { apiVersion, letters: page, nextBefore, copyBecause: null }
    },
    lookDeadLetters: ({ ids }: Inputs['lookDeadLetters']) => ({
      apiVersion,
      letters: ids.map((id) => letters.get(id)).filter((letter) => letter !== undefined),
    }),
    replayDeadLetters: ({ letters: wishes }: Inputs['replayDeadLetters']) => settle(wishes, 'replayed'),
    purgeDeadLetters: ({ letters: wishes }: Inputs['purgeDeadLetters']) => settle(wishes, 'purged'),
  }
  const client = {
    where: '/nowhere',
    call: async (name: keyof typeof answers, input: never) => answers[name](input),
    events: async () => {},
  }
  return { client: client as unknown as ApiClient, batches, letters }
}

async function jrctl(line: string, options: FakeCliOptions): Promise<{ code: number; cli: FakeCli }> {
  const cli = fakeCli({ args: line.split(' '), ...options })
  return { code: await run(cli), cli }
}

/** In front of a person who answers. */
function onTerminal(line: string, { client }: Desk, answer: string): FakeCli {
  const cli = fakeCli({ args: line.split(' '), client, stdin: `${answer}\n` })
  Object.assign(cli.stdin, { isTTY: true })
  return Object.assign(cli, { output: { ...cli.output, isTerminal: true } })
}

const deadOf = ({ letters }: Desk) => [...letters.values()].filter(({ state }) => state === 'dead').length

describe('jrctl dlq', () => {
  it('replays all, the oldest first, a thousand at a time', async () => {
    const at = desk(2_500)
    const { code, cli } = await jrctl('replay --all', { client: at.client })
    expect(code).toBe(0)
    expect(cli.out).toBe('2500 dead letters replayed.\n')
    expect(at.batches.map((batch) => [batch[0], batch.length])).toEqual([
      ['1', 1_000],
      ['1001', 1_000],
      ['2001', 500],
    ])
    expect((await jrctl('replay --all', { client: at.client })).cli.out).toBe('0 dead letters replayed.\n')
  })

  it.each([
    [{ state: 'dead' }, /^Dead task 1 {2}/, true],
    [{ state: 'alive', status: 'completed' }, /^Task 1 {2}/, true],
    [{ state: 'replayed', status: 'pending' }, /^Task 1 {2}/, true],
    [{ state: 'purged', status: null, attempts: 3 }, /^Purged task 1 {2}/, true],
    [{ state: 'purged', status: null, attempts: 0 }, /^Purged task 1 {2}/, false],
  ] as const)(
    'calls %j by what it is now, and tells no tries that it does not know',
    (more, head, hasTries) => {
      const letter = { ...taskLetter(1), ...more }
      const lines = letterReport({ apiVersion, letter, task: null, attempts: [] }, fakeCli().output, 0)
      expect(lines[0]).toMatch(head)
      expect(lines.some((line) => line.includes('tries'))).toBe(hasTries)
    },
  )

  it('says in grammatical words that there are more', async () => {
    const { client } = desk(3)
    const said = async (limit: number) => (await jrctl(`list --limit ${limit}`, { client })).cli.err
    expect(await said(1)).toContain('There is more than 1 letter:')
    expect(await said(2)).toContain('There are more than 2 letters:')
  })

  it('takes no more than --limit, the newest', async () => {
    const at = desk(10)
    await jrctl('replay --all --limit 3', { client: at.client })
    expect(at.batches).toEqual([['8', '9', '10']])
  })

  it('previews how many and which, and changes nothing', async () => {
    const at = desk(12)
    const { cli, code } = await jrctl('purge --search task --dry-run', { client: at.client })
    expect(code).toBe(0)
    expect(cli.out).toMatch(/task 1\b[\s\S]*task 10[\s\S]*… and 2 more\n12 dead letters would be purged\.\n$/)
    const asData = await jrctl('replay 3 4 99 --dry-run', { client: at.client, json: true })
    expect(JSON.parse(asData.cli.out)).toMatchObject({
      dryRun: true,
      count: 2,
      ids: ['3', '4'],
      others: [{ id: '99', kind: 'unknown' }],
    })
    expect(asData.code).toBe(3)
    expect(deadOf(at)).toBe(12)
  })

  it('names a death by the version at which it was seen', async () => {
    const at = desk(1)
    const sent: Wishes[] = []
    const call = at.client.call.bind(at.client)
    at.client.call = (async (name: 'replayDeadLetters', input: Inputs['replayDeadLetters']) => {
      if (name === 'replayDeadLetters') sent.push(input.letters)
      return call(name, input)
    }) as ApiClient['call']
    await jrctl('replay 1', { client: at.client })
    expect(sent).toEqual([[{ id: '1', version: 3 }]])
  })

  it('asks a person before it changes anything, and takes no for no', async () => {
    const at = desk(2)
    const no = onTerminal('purge --all', at, 'n')
    expect(await run(no)).toBe(1)
    expect(no.err).toMatch(/Purge 2 dead letters for good\? \[y\/N\]\nNothing was changed/)
    expect(deadOf(at)).toBe(2)
    const yes = onTerminal('purge --all', at, 'y')
    expect(await run(yes)).toBe(0)
    expect(deadOf(at)).toBe(0)
  })

  it('takes a closed terminal for no', async () => {
    const at = desk(1)
    const cli = Object.assign(onTerminal('replay 1', at, ''), {})
    expect(await run(cli)).toBe(1)
    expect(deadOf(at)).toBe(1)
  })

  it('purges for a script only when it says --yes', async () => {
    const at = desk(1)
    await expect(jrctl('purge 1', { client: at.client })).rejects.toThrow(UserError)
    expect(deadOf(at)).toBe(1)
    expect((await jrctl('purge 1 --yes', { client: at.client })).code).toBe(0)
  })

  it('stops between two batches when it is interrupted, and says what is left', async () => {
    const at = desk(2_500, (nth) => {
      if (nth === 2) cli.interrupt()
    })
    const cli = fakeCli({ args: ['replay', '--all'], client: at.client })
    expect(await run(cli)).toBe(1)
    expect(cli.out).toMatch(/^2000 dead letters replayed/)
    expect(cli.err).toMatch(/Interrupted: 500 are left/)
    expect(deadOf(at)).toBe(500)
  })

  it('says how far it came when the daemon goes away half-way, and goes on from there', async () => {
    const away = new OperationalError('no daemon', { code: 'daemon.unreachable', retryable: true })
    let isAway = true
    const at = desk(2_500, (nth) => {
      if (nth === 3 && isAway) throw away
    })
    await expect(jrctl('replay --all', { client: at.client })).rejects.toMatchObject({
      message: expect.stringContaining('after 2,000 of 2,500 were replayed') as string,
      code: 'daemon.unreachable',
    })
    isAway = false
    expect((await jrctl('replay --all', { client: at.client })).cli.out).toMatch(/^500 dead letters/)
    expect(new Set(at.batches.flat()).size).toBe(at.batches.flat().length)
  })

  it('chooses nothing from a copy while the queue is away', async () => {
    const at = desk(3)
    const call = at.client.call.bind(at.client)
    at.client.call = (async (name: 'listDeadLetters', input: Inputs['listDeadLetters']) => {
      const answer = await call(name, input)
      return name === 'listDeadLetters' ? { ...answer, copyBecause: 'no database' } : answer
    }) as ApiClient['call']
    await expect(jrctl('replay --all', { client: at.client })).rejects.toMatchObject({
      code: 'db.unreachable',
    })
    expect(at.batches).toEqual([])
    const { cli } = await jrctl('list', { client: at.client })
    expect(cli.err).toMatch(/this node's copy, since the queue does not answer: no database/)
  })

  it('tells its progress once a second', async () => {
    let clock: FakeClock | undefined
    const at = desk(3_500, () => clock?.advance(700))
    const cli = fakeCli({ args: ['replay', '--all'], client: at.client })
    clock = cli.clock as FakeClock
    await run(cli)
    expect(cli.err.match(/^.* of 3,500 …$/gm)).toEqual(['2,000 of 3,500 …', '3,500 of 3,500 …'])
  })

  it('tells many refusals by their number', async () => {
    const at = desk(30)
    await jrctl('replay --all', { client: at.client })
    const ids = Array.from({ length: 30 }, (_, index) => index + 1).join(' ')
    const { cli, code } = await jrctl(`replay ${ids}`, { client: at.client })
    expect(cli.out).toBe('0 dead letters replayed, 30 had been replayed already.\n')
    expect(cli.err).toMatch(/… and 10 more like these/)
    expect(code).toBe(0)
  })
})
