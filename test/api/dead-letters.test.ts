import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { deadLetterOfTask, type DeadLetterId } from '../../src/domain/dead-letter.ts'
import { taskId, type TaskId } from '../../src/domain/ids.ts'
import { exitCode, OperationalError } from '../../src/errors.ts'
import { serve, type Served } from './served.ts'

let served: Served
beforeEach(async () => {
  served = await serve()
})
afterEach(() => served.stop())

const dead = async (title: string): Promise<TaskId> => {
  const { ids } = await served.client.call('addTasks', { tasks: [{ title }] })
  const id = taskId(ids[0] ?? 0)
  served.services.queue.writeForeign(id, { status: 'failed', error: 'no luck' })
  return id
}
const list = () => served.client.call('listDeadLetters', {})

describe('dead letters over the socket', () => {
  it('lists, pages and shows them with their attempts', async () => {
    const [one, two] = [await dead('one'), await dead('two')]
    const first = await served.client.call('listDeadLetters', { limit: 1 })
    expect(first).toMatchObject({ letters: [{ taskId: two, title: 'two' }], nextBefore: two })
    expect(first.copyBecause).toBeNull()
    const second = await served.client.call('listDeadLetters', { limit: 1, before: first.nextBefore ?? 0 })
    expect(second.letters).toMatchObject([{ taskId: one }])
    const shown = await served.client.call('getDeadLetter', { id: deadLetterOfTask(one) })
    expect(shown).toMatchObject({
      letter: { state: 'dead' },
      task: { id: one, error: 'no luck' },
      attempts: [],
    })
  })

  it('filters by kind, Jr, time and words', async () => {
    const id = await dead('50 % & more? #ü')
    const found = async (filter: object) =>
      (await served.client.call('listDeadLetters', filter)).letters.map((letter) => letter.taskId)
    expect(await found({ search: '% & more? #Ü', since: 0, kinds: ['task', 'run'] })).toEqual([id])
    expect(await found({ kinds: ['worker'] })).toEqual([])
    expect(await found({ jr: 'nobody' })).toEqual([])
  })

  it('replays and purges deaths, a verdict each', async () => {
    const [one, two] = [await dead('one'), await dead('two')]
    const { letters } = await list()
    const [second, first] = letters.map(({ id, version }) => ({ id, version }))
    if (first === undefined || second === undefined) throw new Error('two are dead')
    const replayed = await served.client.call('replayDeadLetters', { letters: [first] })
    expect(replayed.verdicts).toEqual([{ id: String(one), kind: 'done' }])
    const purged = await served.client.call('purgeDeadLetters', { letters: [first, second] })
    expect(purged.verdicts).toMatchObject([
      { id: String(one), kind: 'replayed', by: 'cli:tester (self-declared)' },
      { id: String(two), kind: 'done' },
    ])
    expect((await list()).letters).toEqual([])
    const { letters: known } = await served.client.call('lookDeadLetters', {
      ids: [first.id, second.id, '999' as DeadLetterId],
    })
    expect(known.map(({ state }) => state)).toEqual(['replayed', 'purged'])
  })

  it('refuses what is no id, too many, and what is not there', async () => {
    const refusal = (call: Promise<unknown>) => expect(call).rejects
    await refusal(served.client.call('getDeadLetter', { id: 'x1' as DeadLetterId })).toMatchObject({
      message: 'id: "x1" is no dead letter\'s id, such as 42',
    })
    await refusal(served.client.call('getDeadLetter', { id: '42' as DeadLetterId })).toMatchObject({
      exit: exitCode.notFound,
      message: 'There is no dead letter 42',
    })
    const many = Array.from({ length: 1_001 }, (_, n) => ({ id: String(n + 1) as DeadLetterId, version: 1 }))
    await refusal(served.client.call('replayDeadLetters', { letters: many })).toMatchObject({
      message: expect.stringMatching(/letters.*1000/) as string,
    })
    await refusal(served.client.call('replayDeadLetters', { letters: [] })).toMatchObject({
      exit: exitCode.usage,
    })
  })

  it('changes nothing while the database is away, and says so', async () => {
    await dead('one')
    const { letters } = await list()
    served.services.queue.failure = new OperationalError('gone', { code: 'db.unreachable', retryable: true })
    const wish = letters.map(({ id, version }) => ({ id, version }))
    await expect(served.client.call('replayDeadLetters', { letters: wish })).rejects.toMatchObject({
      code: 'db.unreachable',
    })
    expect(await list()).toMatchObject({ letters: [], copyBecause: 'gone', nextBefore: null })
  })
})
