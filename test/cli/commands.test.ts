import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { commands } from '../../src/cli/commands.ts'
import { statusLines } from '../../src/cli/status.ts'
import { widthOf } from '../../src/text/fit.ts'
import { jrName, type TaskId, taskId } from '../../src/domain/ids.ts'
import { exitCode, OperationalError, type ExitCode } from '../../src/errors.ts'
import type { VersionsView } from '../../src/contract/versions.ts'
import { positionView, statusView, workerView } from '../api/daemon-services.ts'
import { systemClock } from '../../src/adapters/clock.ts'
import { createApiServer } from '../../src/api/server.ts'
import { type ApiClient, createClient } from '../../src/client/client.ts'
import { serve, type Served } from '../api/served.ts'
import { fakeClock } from '../fakes/clock.ts'
import { aTask } from '../support/task.ts'
import { parseProgressLine } from '../../src/worker/progress-line.ts'
import { fakeCli, type FakeCli, type FakeCliOptions } from './fake-cli.ts'

let served: Served
beforeEach(async () => {
  served = await serve()
})
afterEach(() => served.stop())

async function jrctl(
  line: string[],
  options: FakeCliOptions = {},
): Promise<{ code: ExitCode; cli: FakeCli }> {
  const [name, ...args] = line
  const cli = fakeCli({ args, client: served.client, ...options })
  const entry = commands.find((command) => command.name === name)
  if (!entry) throw new Error(`no command ${name}`)
  return { code: await (await entry.load()).run(cli), cli }
}

const json = async (...line: string[]): Promise<unknown> =>
  JSON.parse((await jrctl(line, { json: true })).cli.out)

async function addTask(title: string): Promise<TaskId> {
  const { ids } = await served.client.call('addTasks', { tasks: [{ title }] })
  return taskId(ids[0] ?? 0)
}

describe('tasks', () => {
  it('adds with every option', async () => {
    await jrctl(['campaigns', 'add', 'Spring', '--budget', '500'])
    const line =
      'tasks add title --description d --assign a_jr --priority -3 --sacred 2 --channel c --score 1.5 --campaign spring --at +1h --max-attempts 2 --tags a,b'
    const { cli } = await jrctl(line.split(' '))
    expect(cli.out).toMatch(
      /^Task \d+ added, not before \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \S+ \(in 1 h 00 min\)\.\n$/,
    )
    const { tasks } = await served.client.call('listTasks', {})
    expect(tasks[0]).toMatchObject({
      title: 'title',
      description: 'd',
      assignedJr: 'a_jr',
      priority: -3,
      sacredFirePriority: 2,
      channel: 'c',
      score: 1.5,
      campaignId: 1,
      scheduledAt: cli.clock.wallMs() + 3_600_000,
      maxAttempts: 2,
      tags: ['a', 'b'],
      source: 'cli',
      status: 'scheduled',
    })
  })

  it('says of a refused title just that', async () => {
    await expect(jrctl(['tasks', 'add', ''])).rejects.toThrow(/^title: is empty; say something$/)
  })

  it('gives a task to nobody in particular only when no Jr is named, not for an unset variable', async () => {
    await expect(jrctl(['tasks', 'add', 'one', '--assign', ''])).rejects.toThrow(/The name of a Jr is wanted/)
  })

  it('changes, takes away, makes urgent', async () => {
    const id = await addTask('one')
    await jrctl(['tasks', 'set', String(id), '--assign', 'a_jr', '--title', 'two', '--urgent'])
    expect((await served.client.call('getTask', { id })).task).toMatchObject({
      title: 'two',
      assignedJr: 'a_jr',
      urgent: true,
    })
    const worth = async () => (await served.client.call('getTask', { id })).task
    await jrctl(['campaigns', 'add', 'Spring'])
    await jrctl(['tasks', 'set', String(id), '--score', '81', '--channel', 'c', '--campaign', 'spring'])
    expect(await worth()).toMatchObject({ score: 81, channel: 'c', campaignId: 1 })
    await jrctl(['tasks', 'set', String(id), '--score', '', '--channel', '', '--campaign', ''])
    expect(await worth()).toMatchObject({ score: null, channel: null, campaignId: null })
    await jrctl(['tasks', 'set', String(id), '--unassign'])
    expect((await served.client.call('getTask', { id })).task.assignedJr).toBeNull()
  })

  it('goes on after an id that is refused, and exits by it', async () => {
    const id = await addTask('one')
    const { code, cli } = await jrctl(['tasks', 'cancel', '999', String(id)])
    expect(code).toBe(exitCode.notFound)
    expect(cli.err).toBe('jrctl: There is no task 999\n')
    expect(cli.out).toBe(`Task ${id} is cancelled.\n`)
    const answer = await json('tasks', 'retry', '999', String(id))
    expect(answer).toMatchObject({
      apiVersion: 1,
      results: [
        { id: 999, error: {} },
        { id, changed: true },
      ],
    })
  })

  it('lists in columns and as JSON, and says that there is more', async () => {
    await addTask('one')
    await addTask('\u001b[31mred\u0007\n')
    const { cli } = await jrctl(['tasks', 'list', '--limit', '1'])
    expect(cli.out).toMatch(/^ID {2}STATUS {3}JR {2}TITLE/)
    expect(cli.out).toContain('␛')
    expect(cli.out).not.toContain('\u001b')
    expect(cli.err).toContain('More with --before 2')
    expect(await json('tasks', 'list')).toMatchObject({
      apiVersion: 1,
      tasks: [{ id: 2 }, { id: 1 }],
      nextBefore: null,
    })
    expect((await jrctl(['tasks', 'list', '--status', 'failed'])).cli).toMatchObject({
      out: '',
      err: 'No task matches.\n',
    })
  })

  it('says of an empty list that its Jr is one that nobody has seen', async () => {
    expect((await jrctl(['tasks', 'list', '--jr', 'Nobody'])).cli.err).toMatch(
      /^No task matches\. No Jr "Nobody" is known here\.( .*)?\n$/,
    )
  })

  it('counts no tries of a task that another program took', async () => {
    const id = await addTask('one')
    const list = async (task: object) => {
      const answer = { apiVersion: 1, tasks: [aTask({ id, ...task })], nextBefore: null }
      const client = { ...served.client, call: () => Promise.resolve(answer) } as unknown as ApiClient
      return (await jrctl(['tasks', 'list'], { client })).cli.out
    }
    expect(await list({ status: 'completed', attempts: 1, startedAt: 1 })).toContain('  1/4  ')
    expect(await list({ status: 'completed', attempts: 0, startedAt: 1 })).not.toContain('/4')
    expect(await list({ status: 'pending' })).toContain('  0/4  ')
  })

  it('shows one', async () => {
    const id = await addTask('one')
    const { cli } = await jrctl(['tasks', 'show', String(id)])
    expect(cli.out).toContain(`Task ${id}  one\n  status      pending\n`)
    expect(await json('tasks', 'show', String(id))).toMatchObject({
      apiVersion: 1,
      task: { id },
      attempts: [],
    })
  })

  it('watches one to its end, and exits by how it ended', async () => {
    const id = await addTask('one')
    const watching = jrctl(['tasks', 'watch', String(id)])
    await expect.poll(() => served.server.listeners).toBe(1)
    await served.services.queue.cancel(id, 'me', '')
    served.services.change({ kind: 'changed' })
    const { code, cli } = await watching
    expect(code).toBe(exitCode.failed)
    expect(cli.out).toMatch(/pending {2}0 %\n.*cancelled {2}0 %\n$/)
  })

  it('watches all until interrupted', async () => {
    const cli = fakeCli({ args: ['watch'], client: served.client })
    const entry = await commands.find(({ name }) => name === 'tasks')?.load()
    const watching = entry?.run(cli)
    await expect.poll(() => served.server.listeners).toBe(1)
    const entryOf = (message: string) =>
      ({ eventType: 'task.urgent', level: 'info', actor: 'me', taskId: taskId(7), message }) as const
    await served.services.ledger.append(entryOf('first'))
    await expect.poll(() => cli.out).toContain('#7  first  (me)')
    cli.interrupt()
    expect(await watching).toBe(exitCode.ok)
  })

  /** With a clock of its own, on which it waits for a daemon to come back. */
  const watchAll = async () => {
    const clock = fakeClock()
    const cli = Object.assign(fakeCli({ args: ['watch'], client: served.client }), { clock })
    const entry = await commands.find(({ name }) => name === 'tasks')?.load()
    const watching = entry?.run(cli)
    await expect.poll(() => served.server.listeners).toBe(1)
    return { cli, clock, watching }
  }

  it('goes on when the daemon has been replaced, and tells what was noted meanwhile', async () => {
    const { services, socketPath, logger } = served
    const { cli, clock, watching } = await watchAll()
    const note = (message: string) =>
      services.ledger.append({
        eventType: 'task.urgent',
        level: 'info',
        actor: 'me',
        taskId: taskId(7),
        message,
      })
    await note('first')
    await expect.poll(() => cli.out).toContain('#7  first')
    await served.server.stop()
    await note('second')
    const successor = createApiServer({ services, socketPath, logger, clock: systemClock() })
    await successor.start()
    await expect.poll(() => clock.advance(2_000).then(() => cli.out)).toContain('#7  second')
    await note('third')
    await expect.poll(() => cli.out).toContain('#7  third')
    expect(cli.out.match(/#7 {2}\w+/g)).toEqual(['#7  first', '#7  second', '#7  third'])
    expect(cli.err).toContain('is away; waiting for it')
    cli.interrupt()
    expect(await watching).toBe(exitCode.ok)
    await successor.stop()
  })

  it('says when the daemon goes while it watches, and does not come back', async () => {
    const { clock, watching } = await watchAll()
    let isOver = false
    const outcome = expect(watching?.finally(() => (isOver = true))).rejects.toMatchObject({
      code: 'daemon.gone',
    })
    await served.stop()
    await expect.poll(() => clock.advance(10_000).then(() => isOver)).toBe(true)
    await outcome
  })
})

describe('the others', () => {
  it('urgent answers with the new position', async () => {
    const id = await addTask('one')
    expect((await jrctl(['urgent', `#${id}`])).cli.out).toBe(
      `Task ${id} is urgent: position 1 (50 %, 100 a minute).\n`,
    )
    expect(await json('urgent', String(id), '--undo')).toMatchObject({
      changed: true,
      task: { urgent: false },
    })
  })

  it('workers lists and commands', async () => {
    expect((await jrctl(['workers'])).cli.out).toContain('a_jr    running  4711')
    expect((await jrctl(['workers', 'scale', 'a_jr', '3'])).code).toBe(exitCode.ok)
    expect(served.services.asked.at(-1)?.what).toBe('scale 3')
    expect(await json('workers', 'list')).toMatchObject({ apiVersion: 1, workers: [{ name: 'a_jr' }] })
  })

  it('ledger reads, verifies, and exits 1 when it is broken', async () => {
    const { ledger } = served.services
    await ledger.append({ eventType: 'daemon.started', level: 'info', actor: 'daemon', message: 'up' })
    expect((await jrctl(['ledger'])).cli.out).toMatch(/daemon\.started {2,}up {2}\(daemon\)\n$/)
    expect((await jrctl(['ledger', 'verify'])).code).toBe(exitCode.ok)
    const [entry] = ledger.entries
    if (entry) entry.message = 'tampered'
    const files = { path: '/state/state.sqlite', setAside: ['/state/state.sqlite.damaged-1'] }
    const ledgerFiles = { files: async () => files, verify: async () => expect.fail('the daemon is there') }
    const { code, cli } = await jrctl(['ledger', 'verify'], { local: { ledger: ledgerFiles } })
    expect(code).toBe(exitCode.failed)
    expect(cli.out).toContain('broken at entry 1')
    for (const word of [
      '/state/state.sqlite ',
      'jrctl ledger replay --check',
      '/state/state.sqlite.damaged-1',
    ])
      expect(cli.out).toContain(word)
  })

  it('ledger verify reads the file itself when no daemon answers, and says so; or the file that is named', async () => {
    const asked: (string | undefined)[] = []
    const verify = async (file: string | undefined) => {
      asked.push(file)
      return { ok: true, entries: 3, head: 'abc', file: file ?? '/state/state.sqlite' } as const
    }
    const local = { ledger: { verify, files: async () => ({ path: '', setAside: [] }) } }
    const call = async () => {
      throw new OperationalError('No daemon answers', { code: 'daemon.unreachable', retryable: true })
    }
    const away = await jrctl(['ledger', 'verify'], { local, client: { ...served.client, call } })
    expect(away.code).toBe(exitCode.ok)
    expect(away.cli.out).toBe('The ledger is whole: 3 entries, head abc\n')
    expect(away.cli.err).toContain('No daemon answers; /state/state.sqlite was read instead')
    const named = await jrctl(['ledger', 'verify', '--file', 'old'], { local, cwd: '/audit', json: true })
    expect(JSON.parse(named.cli.out)).toMatchObject({ apiVersion: 1, ok: true, file: '/audit/old' })
    expect(asked).toEqual([undefined, '/audit/old'])
  })

  it('ledger follows without losing or doubling an entry', async () => {
    const { ledger } = served.services
    const append = (message: string) =>
      ledger.append({ eventType: 'task.urgent', level: 'info', actor: 'me', message })
    await append('before')
    const cli = fakeCli({ args: ['--follow', '--type', 'task.*'], client: served.client, json: true })
    const entry = await commands.find(({ name }) => name === 'ledger')?.load()
    const following = entry?.run(cli)
    await expect.poll(() => cli.out).toContain('before')
    for (let number = 0; number < 20; number++) await append(`entry ${number}`)
    await expect.poll(() => cli.out).toContain('entry 19')
    cli.interrupt()
    expect(await following).toBe(exitCode.ok)
    const lines = cli.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { entry: { message: string } })
    expect(lines.map((line) => line.entry.message)).toEqual([
      'before',
      ...Array.from({ length: 20 }, (_, n) => `entry ${n}`),
    ])
  })

  it('reload says what changed, version which', async () => {
    expect((await jrctl(['reload'])).cli.out).toBe('Changed: workers.\n')
    const versions: VersionsView = {
      apiVersion: 1,
      version: '1.2.3',
      commit: 'abc123',
      form: 'executable',
      platform: 'linux-x64',
      node: '26.10.0',
      sqlite: '3.50.4',
      postgresql: null,
      schemas: { queue: 7, state: 2 },
    }
    const local = { versions: async () => versions }
    const { out } = (await jrctl(['version'], { local })).cli
    expect(out).toContain('jrctl 1.2.3 (linux-x64, one executable, commit abc123)\n')
    expect(out).toContain('PostgreSQL  none is brought along\n')
    expect(JSON.parse((await jrctl(['version'], { local, json: true })).cli.out)).toEqual(versions)
  })

  it('work hands on Jrs, slots and the command as it is', async () => {
    const orders: unknown[] = []
    const work = async (order: unknown): Promise<ExitCode> => {
      orders.push(order)
      return exitCode.ok
    }
    const line = ['work', 'a', '--jr', 'b', '--slots', '4', '--no-unassigned', '--', 'cmd', '--json', '']
    await jrctl(line, { local: { work } })
    await jrctl(['work', 'a', '--', 'cmd'], { local: { work } })
    await jrctl(['work', 'a', '--stream', '--concurrency', '20', '--', 'cmd'], { local: { work } })
    const plain = { slots: 1, acceptUnassigned: true, stream: false, command: ['cmd'] }
    expect(orders).toEqual([
      {
        ...plain,
        jrNames: ['a', 'b'],
        slots: 4,
        acceptUnassigned: false,
        command: ['cmd', '--json', ''],
      },
      { ...plain, jrNames: ['a'] },
      { ...plain, jrNames: ['a'], slots: 20, stream: true },
    ])
  })

  it.each([
    { line: ['work', 'a', '--stream', '--slots', '2', '--', 'cmd'], words: /one process/ },
    { line: ['work', 'a', '--concurrency', '2', '--', 'cmd'], words: /belongs to --stream/ },
  ])('work refuses $line with what to write instead', async ({ line, words }) => {
    await expect(jrctl(line)).rejects.toThrow(words)
  })
})

describe('status', () => {
  const longTitle = 'A title that is much too long for the narrow column it gets, and wide: 日本語'
  const busy = {
    ...statusView(),
    positions: [1, 2, 3, 4, 5, 6, 7].map((position) => positionView(100 + position, position, longTitle)),
    workers: [
      workerView(),
      workerView({ name: jrName('Broken Jr.'), state: 'missing', reason: 'no such program: nope' }),
    ],
  }

  it.each([80, 100, 200])('fits %i columns', async (columns) => {
    const cli = fakeCli({ columns })
    const lines = await statusLines(busy, cli.output, cli.clock.wallMs() + 5000)
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(columns)
  })

  it('is one calm screen', async () => {
    const cli = fakeCli()
    const lines = await statusLines(
      { ...busy, positions: busy.positions.slice(0, 3) },
      cli.output,
      cli.clock.wallMs() + 5000,
    )
    expect(`${lines.join('\n')}\n`).toMatchInlineSnapshot(`
      "Daemon    running · pid 42 · up 1 min · 90 MiB · jrctl 1.2.3
      Database  up · db.example.org/fleet
      Queue     empty

      Positions
        #  SHARE               TASK  TITLE                                WORKER  DONE
        1  ██████████    50 %   101  ! A title that is much too long fo…  a_jr    40 %
        2  █████         25 %   102  A title that is much too long for …  a_jr    40 %
        3  ██▌         12.5 %   103  A title that is much too long for …  a_jr    40 %

      Workers  1 of 2 instances running
        WORKER      STATE     PID   UP  RESTARTS  MEMORY
        a_jr        running  4711  5 s         0  50 MiB
        Broken Jr.  missing  4711    –         0  50 MiB
        Broken Jr.: no such program: nope
      "
    `)
  })

  it('leads from a database that is away to the doctor', async () => {
    const cli = fakeCli()
    const away = { ...busy.database, state: 'down' as const, lastError: 'nobody answers' }
    const lines = await statusLines({ ...busy, database: away }, cli.output, cli.clock.wallMs())
    expect(lines.slice(1, 3)).toEqual([
      'Database  down · db.example.org/fleet · nobody answers',
      '          what to do about it: jrctl doctor',
    ])
  })

  it('answers the view as JSON', async () => {
    expect(await json('status')).toEqual({
      ...statusView(),
      queue: { ...statusView().queue, oldestReadyMs: null },
    })
  })
})

describe('progress', () => {
  it('says the line that the worker reads, in one line', async () => {
    const { cli } = await jrctl(['progress', '40', 'half\nway'], { env: { JR_TASK_ID: '7' } })
    expect(cli.out).toBe('::progress 40 half way\n')
    expect(parseProgressLine(cli.out.trim())).toEqual({ percent: 40, note: 'half way' })
  })

  describe('with an attempt’s key', () => {
    const claimed = async () => {
      await addTask('one')
      const { attempts } = await served.client.call('claimAttempts', { jr: 'a_jr', acceptUnassigned: true })
      const { key = '', task } = attempts[0] ?? {}
      const client = createClient({ socketPath: served.socketPath, key, actor: 'me', clock: systemClock() })
      return { key, id: task?.id ?? 0, client }
    }
    const within = (key: string) => ({ JR_TASK_ID: '1', JRCTL_SOCKET: '/s', JRCTL_ATTEMPT_KEY: key })

    it('tells the daemon, and prints nothing', async () => {
      const { key, id, client } = await claimed()
      const { cli } = await jrctl(['progress', '40', 'half\nway'], { client, env: within(key) })
      expect(cli.out).toBe('')
      const { task } = await served.client.call('getTask', { id })
      expect(task).toMatchObject({ progressPercent: 40, progressNote: 'half way' })
    })

    it('says the line when the daemon is away, or slow', async () => {
      const { key, client } = await claimed()
      await served.stop()
      const away = await jrctl(['progress', '41'], { client, env: within(key) })
      expect(away.cli.out).toBe('::progress 41\n')
    })

    it('is refused what is no longer its own', async () => {
      const { key, client } = await claimed()
      await client.call('completeAttempt', {})
      const late = jrctl(['progress', '42'], { client, env: within(key) })
      await expect(late).rejects.toThrow('is not yours any more')
    })
  })

  it('is refused outside of a task', async () => {
    await expect(jrctl(['progress', '40'], { env: {} })).rejects.toThrow(/JR_TASK_ID/)
  })
})
