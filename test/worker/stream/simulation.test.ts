import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { instanceId, jrName, nodeId } from '../../../src/domain/ids.ts'
import type { TaskId } from '../../../src/domain/ids.ts'
import { createRunner } from '../../../src/worker/runner.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { fakeRandom } from '../../fakes/random.ts'
import { collect } from '../support/fixture-runner.ts'
import { queueDouble } from '../support/queue-double.ts'
import { fakeProgram } from './fake-program.ts'

const slots = 5

/** What happens next, chosen by numbers that pick among what is possible. */
type Step =
  | { kind: 'add' }
  | { kind: 'answer'; pick: number; chunk: number }
  | { kind: 'fail'; pick: number }
  | { kind: 'progress'; pick: number }
  | { kind: 'junk'; bytes: Uint8Array }
  | { kind: 'stale'; pick: number }
  | { kind: 'cancel'; pick: number }
  | { kind: 'die'; code: number }
  | { kind: 'pass'; ms: number }

const pick = fc.nat(1000)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.constant({ kind: 'add' as const }) },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('answer' as const),
      pick,
      chunk: fc.integer({ min: 1, max: 50 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fail' as const), pick }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('progress' as const), pick }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('junk' as const), bytes: fc.uint8Array({ maxLength: 200 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('stale' as const), pick }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), pick }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('die' as const), code: fc.integer({ min: 1, max: 3 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 70_000 }) }),
  },
)

/** A worker, a program and a queue in one process and one make-believe time. */
function world() {
  const clock = fakeClock()
  const queue = queueDouble()
  const program = fakeProgram()
  const runner = createRunner({
    queue,
    notifier: queue.notifier,
    clock,
    random: fakeRandom(),
    logger: fakeLogger(),
    policy: {
      pollIntervalMs: 1000,
      claimBatch: 100,
      leaseMs: 60_000,
      renewIntervalMs: 15_000,
      finishMs: 1000,
      stopGraceMs: 2000,
    },
    identity: { instanceId: instanceId('i'), nodeId: nodeId('n'), pid: 1 },
    jrNames: [jrName('Research Jr.')],
    slots,
    acceptUnassigned: true,
    stream: true,
    command: [process.execPath],
    env: {},
    log: { stdout: collect([]), stderr: collect([]) },
    host: program.host,
  })
  return { clock, queue, program, runner }
}

/** Every word that was ever said for an attempt, by its task: whatever a row holds must be among them. */
interface Told {
  results: Map<TaskId, Set<string>>
  ended: string[]
}

async function play(steps: readonly Step[]): Promise<void> {
  const { clock, queue, program, runner } = world()
  const ids: TaskId[] = []
  const told: Told = { results: new Map(), ended: [] }
  let words = 0

  /** The attempts that the living program has and has not answered. */
  const open = () => {
    const given = program.given()
    return given.filter(({ attempt, task }) => task !== undefined && !told.ended.includes(attempt))
  }
  const choose = (number: number) => {
    const all = open()
    return all.length === 0 ? undefined : all[number % all.length]
  }
  const say = (text: string, chunk = text.length): void => {
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.length; at += chunk) program.say(bytes.subarray(at, at + chunk))
  }

  const act = async (next: Step): Promise<void> => {
    switch (next.kind) {
      case 'add':
        ids.push(queue.add())
        queue.notifier.notify({ kind: 'work', jrName: null })
        return
      case 'answer': {
        const chosen = choose(next.pick)
        if (chosen?.task === undefined) return
        const word = `word ${++words}`
        const id = chosen.task.id as TaskId
        told.results.set(id, (told.results.get(id) ?? new Set()).add(word))
        told.ended.push(chosen.attempt)
        return say(`${JSON.stringify({ attempt: chosen.attempt, result: word })}\n`, next.chunk)
      }
      case 'fail': {
        const chosen = choose(next.pick)
        if (chosen === undefined) return
        told.ended.push(chosen.attempt)
        return say(`${JSON.stringify({ attempt: chosen.attempt, error: 'no' })}\n`)
      }
      case 'progress':
        return say(`${JSON.stringify({ attempt: choose(next.pick)?.attempt ?? 'x', progress: 1 })}\n`)
      case 'junk':
        // Whole lines, for half a line of junk would make the next message junk too.
        program.say(Buffer.from(next.bytes))
        return say('\n')
      case 'stale': {
        const stale = told.ended[next.pick % Math.max(1, told.ended.length)] ?? 'never was'
        return say(`${JSON.stringify({ attempt: stale, result: 'STALE' })}\n`)
      }
      case 'cancel': {
        const id = choose(next.pick)?.task?.id as TaskId | undefined
        if (id === undefined) return
        queue.take(id, 'cancelled')
        return queue.notifier.notify({ kind: 'ended', taskId: id })
      }
      case 'die':
        return program.exit({ code: next.code })
      case 'pass':
        return clock.advance(next.ms)
      default:
        next satisfies never
    }
  }

  await runner.start()
  let readied = 0
  for (const next of steps) {
    if (program.isAlive && readied !== program.lives) {
      readied = program.lives
      say('{"ready":true}\n')
      await clock.advance(10)
    }
    await act(next)
    await clock.advance(10)
    const inHand = open().length
    expect(inHand).toBeLessThanOrEqual(slots)
  }
  const stopped = runner.stop('the end')
  await clock.advance(60_000)
  await stopped
  expect(program.isAlive).toBe(false)
  expect(clock.pending).toBe(0)
  for (const id of ids) {
    const { status, result, lease } = queue.row(id)
    expect(lease).toBeNull()
    expect(['pending', 'completed', 'retry', 'cancelled']).toContain(status)
    if (status === 'completed') expect(told.results.get(id)).toContain(result)
  }
  const { completed, failed, released, lost } = runner.stats()
  expect(runner.stats().working).toEqual([])
  expect(completed).toBe(ids.filter((id) => queue.row(id).status === 'completed').length)
  const begun = ids.reduce((sum, id) => sum + queue.row(id).task.attempts, 0)
  expect(completed + failed + released + lost).toBe(begun)
}

test('whatever a program does and whenever: every attempt ends once, by its own answer, and nothing is left', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 120, size: 'max' }), play), {
    numRuns: 60,
  })
})
