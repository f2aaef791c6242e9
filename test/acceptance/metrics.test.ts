import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LedgerView, WorkersView } from '../../src/contract/outputs.ts'
import type { MetricsView } from '../../src/contract/metrics.ts'
import { start } from '../support/jrctl.ts'
import { scripted, startFleet, type TestFleet, until } from './fleet.ts'

const settings = '[memory]\ninterval = "1s"\nbudget = "300M"\n'
/** Large at once: workers are looked at shortly after their start, and again in half a minute only. */
const hog = `[[workers]]
name = "hog"
command = ["sh", "-c", "dd if=/dev/zero bs=250M count=1 | sleep 1000"]
`

/** Metrics, memory rules (spec §10), as an operator sees them. */
describe('figures', () => {
  let fleet: TestFleet
  beforeAll(async () => {
    const workers =
      scripted('Good Jr.', 'exit 0', 'priority = 2') + scripted('Bad Jr.', 'exit 1', 'priority = 2')
    fleet = await startFleet(workers + hog, settings)
  })
  afterAll(() => fleet.end())

  const metrics = () => fleet.json<MetricsView>('metrics')
  const agent = (view: MetricsView, name: string) => view.agents.find((one) => one.name === name)

  it('tell how work goes, of each Jr, and still do after a restart of the daemon', async () => {
    for (const title of ['one', 'two', 'three'])
      await fleet.jrctl('tasks', 'add', title, '--assign', 'Good Jr.')
    await fleet.jrctl('tasks', 'add', 'four', '--assign', 'Bad Jr.', '--max-attempts', '1')
    const isDone = (view: MetricsView) =>
      agent(view, 'Good Jr.')?.successes === 3 && agent(view, 'Bad Jr.')?.failures === 1
    const view = await until(metrics, isDone)
    expect(view.metrics['Good Jr.']?.p95).toBeGreaterThan(0)
    expect(view.metrics['Bad Jr.']).toBeUndefined()
    expect(agent(view, 'Good Jr.')?.score?.total).toBeGreaterThan(agent(view, 'Bad Jr.')?.score?.total ?? 100)
    expect(view.system.deadLetterQueueSize).toBe(1)
    expect(view.deadLetterQueue).toMatchObject([{ agentName: 'Bad Jr.', restartCount: 1 }])
    expect((await fleet.jrctl('metrics')).stdout).toMatch(/Good Jr\. +running +\d+\.\d +3 +0/)

    fleet.daemon.child.kill('SIGTERM')
    await fleet.daemon.exited
    fleet.daemon = start(fleet.place, ['daemon'])
    await fleet.daemon.said(/ runs, pid/)
    expect((await metrics()).metrics['Good Jr.']).toEqual(view.metrics['Good Jr.'])
  })

  it('take the largest worker out when the fleet holds more than its budget', async () => {
    const state = async () => {
      const { workers } = await fleet.json<WorkersView>('workers')
      return workers.find(({ name }) => name === 'hog')
    }
    const worker = await until(state, (one) => one?.state === 'disabled_by_memory')
    expect(worker?.reason).toContain('of their memory budget')
    const isOver = ({ entries }: LedgerView) =>
      entries.some((entry) => entry.eventType === 'system.memory.recovered')
    const { entries } = await until(
      () => fleet.json<LedgerView>('ledger', '--type', 'system.memory.*'),
      isOver,
    )
    expect(entries.map(({ eventType }) => eventType)).toContain('system.memory.critical')
  })
})
