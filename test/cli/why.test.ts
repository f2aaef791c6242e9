import { describe, expect, it } from 'vitest'
import { run, whyLines } from '../../src/cli/why.ts'
import type { ApiClient } from '../../src/client/client.ts'
import type { WhyView } from '../../src/contract/outputs.ts'
import { taskId } from '../../src/domain/ids.ts'
import { OperationalError, UserError } from '../../src/errors.ts'
import { fakeCli } from './fake-cli.ts'

const view: WhyView = {
  apiVersion: 1,
  taskId: taskId(42),
  title: `a title that is much longer than a terminal of eighty columns is wide, \u001b[31mand red`,
  status: 'assigned',
  whereabouts: 'ready',
  reasons: [
    { kind: 'ready', weight: 'standing', sentence: 'It waits.', next: null },
    {
      kind: 'jr_offline',
      weight: 'blocks',
      sentence: `Its Jr is offline, and this sentence goes on until it does not fit on one line of eighty columns.`,
      next: 'Give it to another: jrctl tasks set 42 --assign NAME',
    },
    { kind: 'next_in_line', weight: 'tells', sentence: 'It is the next.', next: null },
  ],
  facts: null,
}

function clientThat(answer: () => Promise<WhyView>): ApiClient {
  return {
    where: '/s',
    call: answer as unknown as ApiClient['call'],
    events: async () => {},
    subscribe: async () => {},
    followLog: async () => {},
  }
}

describe('jrctl why', () => {
  it('prints one calm screen: where it stands, what blocks it with the next step, the rest', async () => {
    expect(await whyLines(view, fakeCli({ columns: 80 }).output)).toEqual([
      'Task 42  assigned  a title that is much longer than a terminal of eighty column…',
      '  It waits.',
      '! Its Jr is offline, and this sentence goes on until it does not fit on one',
      '  line of eighty columns.',
      '    → Give it to another: jrctl tasks set 42 --assign NAME',
      '· It is the next.',
    ])
  })

  it('asks the daemon, and the database when there is none', async () => {
    const away = async () => {
      throw new OperationalError('No daemon answers', { code: 'daemon.unreachable', retryable: true })
    }
    const asked: unknown[] = []
    const cli = fakeCli({
      args: ['42'],
      json: true,
      client: clientThat(away),
      local: {
        why: async (question) => {
          asked.push(question)
          return view
        },
      },
    })
    expect(await run(cli)).toBe(0)
    expect(asked).toEqual([{ id: 42, daemonProblem: 'No daemon answers' }])
    expect(JSON.parse(cli.out)).toMatchObject({ apiVersion: 1, taskId: 42, whereabouts: 'ready' })
  })

  it.each([
    new UserError('There is no task 42', { exit: 3 }),
    new OperationalError('the database is away', { code: 'db.unreachable', retryable: true }),
  ])('passes on what is no matter of the daemon: %s', async (error) => {
    const failing = fakeCli({
      args: ['42'],
      client: clientThat(async () => {
        throw error
      }),
    })
    await expect(run(failing)).rejects.toBe(error)
  })

  it('wants an id', async () => {
    await expect(run(fakeCli({ args: [] }))).rejects.toThrow(UserError)
    await expect(run(fakeCli({ args: ['x'] }))).rejects.toThrow(/whole number/)
  })
})
