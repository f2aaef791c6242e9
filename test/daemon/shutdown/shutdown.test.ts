import { describe, expect, it } from 'vitest'
import { jrName, taskId } from '../../../src/domain/ids.ts'
import type { WorkerView } from '../../../src/domain/worker.ts'
import { shutDown } from '../../../src/daemon/shutdown/shutdown.ts'
import type { StopReport } from '../../../src/supervisor/supervisor.ts'
import { type FakeClock, fakeClock } from '../../fakes/clock.ts'
import { fakeLogger } from '../../fakes/logger.ts'

const A = jrName('A')
const ended: StopReport = { endedThemselves: [A], forced: [jrName('B')], left: [] }

function view(name: string, pid: number): WorkerView {
  return { name: jrName(name), slot: 1, pid, state: 'stopping' } as WorkerView
}

type How = 'well' | 'broken' | 'hangs'

/** Parts that end as they are told; the workers end at `workersMs`, or a second after they were hurried. */
function setUp(how: Record<string, How> = {}, workersMs = 0, hears = true) {
  const clock = fakeClock()
  const logger = fakeLogger()
  const done: string[] = []
  const aloud: string[] = []
  const stops: string[] = []
  const hurry = new AbortController()
  let living = [view('A', 11), view('B', 12)]
  const part = (name: string) => ({
    name,
    async end() {
      done.push(name)
      if (how[name] === 'broken') throw new Error(`${name} is broken`)
      if (how[name] === 'hangs') await new Promise<never>(() => {})
    },
  })
  const supervisor = {
    views: () => living,
    async stop(mode: 'stop' | 'leave', report: (waitingFor: readonly WorkerView[]) => void) {
      stops.push(mode)
      if (stops.length > 1) {
        if (hears) over.abort()
        return ended
      }
      await part('workers').end()
      if (mode === 'leave') return { endedThemselves: [], forced: [], left: [A] }
      await waitForWorkers(clock, workersMs, over.signal, () => report(living))
      living = []
      return ended
    },
  }
  const over = new AbortController()
  const run = (workers: 'stop' | 'leave' = 'stop', finishGraceMs = 30_000) =>
    shutDown(
      {
        schedules: [part('schedules')],
        health: [part('health')],
        supervisor,
        workers: {
          tasksOf: (name) => (name === A ? [taskId(7), taskId(8)] : []),
          stopGraceMsOf: () => 10_000,
        },
        api: [part('api')],
        state: () => [{ endings: [part('state')], deadlineMs: 5_000 }],
      },
      { workers, finishGraceMs },
      { clock, logger, uptimeMs: 5_000, hurry: hurry.signal, aloud: (line) => void aloud.push(line) },
    )
  const said = () => logger.lines.map(({ message }) => message)
  const steps = () => said().filter((line) => /^\[\d\/6\]/.test(line) && !line.includes('Waiting'))
  return { clock, logger, done, aloud, stops, run, said, steps, hurry: () => hurry.abort() }
}

async function waitForWorkers(clock: FakeClock, forMs: number, hurry: AbortSignal, report: () => void) {
  for (let leftMs = forMs; leftMs > 0 && !hurry.aborted; leftMs -= 1_000) {
    report()
    await clock.sleep(1_000, hurry).catch(() => {})
  }
}

const all = ['schedules', 'health', 'workers', 'api', 'state']

describe('the six steps of a shutdown', () => {
  it('run in order, each told once, with who ended by itself and who was forced', async () => {
    const { clock, done, said, steps, run, aloud } = setUp()
    const report = await run()
    expect(done).toEqual(all)
    expect(steps()).toEqual([
      '[1/6] Schedules stop',
      '[2/6] Health monitoring stops',
      '[3/6] Running work may finish (at most 30 s)',
      '[4/6] Nothing remains to be terminated',
      '[5/6] Gateway, API and dashboard stop',
      '[6/6] State is closed',
    ])
    expect(said().at(-1)).toBe('Stopped in 0.0 s after 5 s of work; by themselves: A; forced: B')
    expect(report).toMatchObject({ forced: ['B'], problems: [] })
    expect(aloud).toEqual(steps())
    expect(clock.pending).toBe(0)
  })

  it.each(all)('go on when %s fails, and report it', async (name) => {
    const { done, run } = setUp({ [name]: 'broken' })
    const report = await run()
    expect(done).toEqual(all)
    expect(report.problems).toEqual([expect.stringContaining(`${name} is broken`)])
  })

  it.each(all)('go on when %s hangs, naming it every second, and report it', async (name) => {
    const { clock, done, run, said } = setUp({ [name]: 'hangs' })
    const running = run()
    await clock.advance(120_000)
    const report = await running
    expect(done).toEqual(all)
    expect(report.problems).toHaveLength(1)
    expect(clock.pending).toBe(0)
    if (name === 'workers') {
      expect(report.problems[0]).toContain('still there: A (pid 11), B (pid 12)')
      expect(report.left).toEqual(['A', 'B'])
      return
    }
    expect(report.problems[0]).toMatch(new RegExp(`^step \\d: ${name}: not over after \\d+ s, left behind$`))
    const waits = said().filter((line) => line.includes('Waiting'))
    expect(waits.length).toBeGreaterThan(3)
    expect(waits[0]).toMatch(new RegExp(`^\\[\\d/6\\] Waiting for 1 s: ${name}; left behind in \\d+ s$`))
  })

  it('name every second whom they wait for, with their tasks and what comes next', async () => {
    const { clock, run, said, steps } = setUp({}, 36_000)
    const running = run()
    await clock.advance(36_000)
    await running
    const waits = said().filter((line) => line.includes('Waiting'))
    expect(waits).toHaveLength(35)
    expect(waits[2]).toBe(
      '[3/6] Waiting for 3 s: A (pid 11, tasks 7, 8), asked again in 27 s; B (pid 12), asked again in 27 s',
    )
    expect(waits[32]).toBe(
      '[4/6] Waiting for 33 s: A (pid 11, tasks 7, 8), killed in 7 s; B (pid 12), killed in 7 s',
    )
    expect(steps()[3]).toBe(
      '[4/6] What remains is terminated, then killed: A (pid 11, tasks 7, 8), killed in 10 s; B (pid 12), killed in 10 s',
    )
    expect(said().at(-1)).toMatch(/^Stopped in 36\.0 s/)
  })

  it('do not wait for work that has no time to finish', async () => {
    const { clock, run, steps } = setUp({}, 3_000)
    const running = run('stop', 0)
    await clock.advance(3_000)
    await running
    expect(steps()[2]).toBe('[3/6] Running work is not waited for (shutdown.finish_grace is 0)')
    expect(steps()[3]).toContain('killed in 10 s')
  })

  it('are hurried: workers are killed, what hangs is left behind', async () => {
    const { clock, run, stops, steps, said, hurry } = setUp({ api: 'hangs' }, 60_000)
    const running = run()
    await clock.advance(5_000)
    hurry()
    await clock.advance(1_000)
    const report = await running
    expect(stops).toEqual(['stop', 'stop'])
    expect(steps()[3]).toBe('[4/6] What remains is killed now')
    expect(said().at(-1)).toMatch(/^Stopped in 6\.0 s/)
    expect(report.problems).toEqual([expect.stringContaining('api: not over')])
    expect(clock.pending).toBe(0)
  })

  it('give up on workers that nothing ends', async () => {
    const { clock, run, stops, said } = setUp({}, 600_000, false)
    const running = run('stop', 2_000)
    await clock.advance(60_000)
    const report = await running
    expect(stops).toEqual(['stop', 'stop'])
    expect(said()).toContain("The workers' end is not over after 27 s")
    expect(said().findLast((line) => line.includes('Waiting'))).toContain('being killed')
    expect(report).toMatchObject({ left: ['A', 'B'], forced: [] })
    expect(report.problems).toHaveLength(1)
  })

  it('leave the workers when they are to be left', async () => {
    const { run, steps, said } = setUp()
    expect(await run('leave')).toMatchObject({ left: ['A'], forced: [], problems: [] })
    expect(steps()[2]).toContain('goes on without us')
    expect(steps()[3]).toBe('[4/6] Nothing is terminated')
    expect(said().at(-1)).toContain('left running: A')
  })
})

it('a line names ten workers at most, and counts the instances of one Jr', async () => {
  const { whoText, endedText } = await import('../../../src/daemon/shutdown/shutdown-lines.ts')
  const many = Array.from({ length: 50 }, (_, index) => ({ ...view('A', index + 1), slot: index + 1 }))
  const facts = { tasksOf: () => [], stopGraceMsOf: () => 0 }
  const text = whoText(many, facts, 1_000)
  expect(text).toContain('A #10 (pid 10)')
  expect(text).toMatch(/; and 40 more$/)
  expect(endedText({ endedThemselves: many.map(({ name }) => name), forced: [], left: [] })).toBe(
    'by themselves: A ×50; forced: none',
  )
})
