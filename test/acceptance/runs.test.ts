import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { WorkersView } from '../../src/contract/outputs.ts'
import type { DeadLetter } from '../../src/domain/dead-letter.ts'
import type { WorkerView } from '../../src/domain/worker.ts'
import { start } from '../support/jrctl.ts'
import { type TestFleet, startFleet, until } from './fleet.ts'

let fleet: TestFleet
beforeAll(async () => {
  const long = 'echo begun >> begins; while [ ! -e go ]; do sleep 0.05; done; exit 7'
  fleet = await startFleet(
    scheduled('Tick Jr.', 'echo "$JR_RUN_DUE" >> ticks', '* * * * * *') +
      scheduled('Fail Jr.', 'echo "$JR_RUN_ATTEMPT" >> tries; exit 65', '@yearly') +
      scheduled('Long Jr.', long, '@yearly', 'retries = 0'),
  )
})
afterAll(() => fleet.end())

function scheduled(name: string, script: string, schedule: string, more = ''): string {
  return `[[workers]]
name = ${JSON.stringify(name)}
command = ["sh", "-c", ${JSON.stringify(script)}]
schedule = ${JSON.stringify(schedule)}
${more}
`
}

async function worker(on: TestFleet, name: string): Promise<WorkerView | undefined> {
  const { workers } = await on.json<WorkersView>('workers')
  return workers.find((view) => view.name === name)
}

async function lines(on: TestFleet, file: string): Promise<string[]> {
  const text = await readFile(join(on.place.dir, file), 'utf8').catch(() => '')
  return text.split('\n').filter((line) => line !== '')
}

describe('scheduled workers (spec §4)', () => {
  it('run at their times, once for each', async () => {
    const on = fleet
    const ticks = await until(
      () => lines(on, 'ticks'),
      (found) => found.length >= 3,
    )
    expect(new Set(ticks).size).toBe(ticks.length)
    for (const due of ticks) expect(due).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    await on.jrctl('workers', 'pause', 'Tick Jr.')
    const { code, stderr } = await on.jrctl('workers', 'start', 'Tick Jr.')
    expect(code).toBe(1)
    expect(stderr).toContain('Tick Jr. is paused; resume it first: jrctl workers resume "Tick Jr."')
  })

  it('that fail become dead letters, and a replay runs them again', async () => {
    const on = fleet
    await on.jrctl('workers', 'start', 'Fail Jr.')
    const letters = () => on.json<{ letters: DeadLetter[] }>('dlq', 'list')
    const { letters: dead } = await until(letters, (found) => found.letters.length > 0)
    expect(dead).toMatchObject([
      {
        id: 'r1',
        kind: 'run',
        jrName: 'Fail Jr.',
        error: 'exited with code 65',
        schedule: '@yearly',
        attempts: 1,
      },
    ])
    expect((await on.jrctl('dlq', 'replay', 'r1')).code).toBe(0)
    const again = await until(letters, (found) => found.letters.some(({ id }) => id === 'r2'))
    expect(again.letters.map(({ id }) => id)).toEqual(['r2'])
    expect(await lines(on, 'tries')).toEqual(['1', '1'])
  })

  it('go on without the daemon, and the next one learns how they ended', async () => {
    const on = fleet
    await on.jrctl('workers', 'start', 'Long Jr.')
    const running = await until(
      () => worker(on, 'Long Jr.'),
      (view) => view?.state === 'running',
    )
    on.daemon.child.kill('SIGKILL')
    await on.daemon.exited
    on.daemon = start(on.place, ['daemon'])
    await on.daemon.said(/ runs, pid/)
    expect(await worker(on, 'Long Jr.')).toMatchObject({
      state: 'running',
      adopted: true,
      instanceId: running?.instanceId,
    })
    on.daemon.child.kill('SIGKILL')
    await on.daemon.exited
    await writeFile(join(on.place.dir, 'go'), '')
    on.daemon = start(on.place, ['daemon'])
    await on.daemon.said(/ runs, pid/)
    const ended = await until(
      () => worker(on, 'Long Jr.'),
      (view) => view?.state === 'error',
    )
    expect(ended?.schedule?.lastRun).toMatchObject({ outcome: 'failed', ending: 'exited with code 7' })
    expect(await lines(on, 'begins')).toEqual(['begun'])
  })
})
