import { describe, expect, it } from 'vitest'
import { jrName } from '../../src/domain/ids.ts'
import { shutDown } from '../../src/daemon/shutdown.ts'
import { fakeClock } from '../fakes/clock.ts'
import { fakeLogger } from '../fakes/logger.ts'

function setUp(broken: Record<string, boolean> = {}) {
  const done: string[] = []
  const logger = fakeLogger()
  const part = (name: string) => async () => {
    done.push(name)
    if (broken[name]) throw new Error(`${name} is broken`)
  }
  const parts = {
    stopSchedules: part('schedules'),
    stopHealthMonitoring: part('health'),
    supervisor: {
      async stop() {
        await part('workers')()
        return { endedThemselves: [jrName('A')], forced: [jrName('B')], left: [] }
      },
    },
    stopApi: part('api'),
    closeState: part('state'),
  }
  const run = (workers: 'stop' | 'leave' = 'stop') =>
    shutDown(parts, { workers, finishGraceMs: 30_000 }, { clock: fakeClock(), logger, uptimeMs: 5_000 })
  return { done, logger, run }
}

describe('the six steps of a shutdown', () => {
  it('run in order, each told, with who ended by itself and who was forced', async () => {
    const { done, logger, run } = setUp()
    const report = await run()
    expect(done).toEqual(['schedules', 'health', 'workers', 'api', 'state'])
    const said = logger.lines.map((line) => line.message)
    expect(said.slice(0, 6).map((line) => line.slice(0, 5))).toEqual(
      [1, 2, 3, 4, 5, 6].map((number) => `[${number}/6]`),
    )
    expect(said[3]).toContain('By themselves: A; forced: B')
    expect(said.at(-1)).toContain('after 5 s of work')
    expect(report).toMatchObject({ forced: ['B'], problems: [] })
  })

  it.each(['schedules', 'health', 'workers', 'api', 'state'])(
    'go on when %s fails, and report it',
    async (name) => {
      const { done, run } = setUp({ [name]: true })
      const report = await run()
      expect(done).toEqual(['schedules', 'health', 'workers', 'api', 'state'])
      expect(report.problems).toEqual([expect.stringContaining(`${name} is broken`)])
    },
  )
})
