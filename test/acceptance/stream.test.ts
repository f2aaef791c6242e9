import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestFleet, atOnceMs, scripted, startFleet, until } from './fleet.ts'

const program = fileURLToPath(new URL('../fixtures/stream/program.ts', import.meta.url))

/** A worker whose one process does all its tasks. */
const streaming = `[[workers]]
name = "stream_jr"
command = ["jrctl", "work", "stream_jr", "--no-unassigned", "--stream", "--concurrency", "20", "--", ${JSON.stringify(process.execPath)}, ${JSON.stringify(program)}]
stop_grace = "2s"
`
/** Says who it is, then works for as long as nobody ends it, and does not heed TERM. */
const stubborn = 'trap "" TERM; echo $$ > pid-$JR_TASK_ID; while :; do sleep 300; done'

interface Row {
  id: string
  status: string
  result: unknown
  attempts: number
  progress_percent: number
}

describe('one program for many tasks', () => {
  let fleet: TestFleet

  beforeAll(async () => {
    fleet = await startFleet(
      [streaming, scripted('exec_jr', stubborn, 'stop_grace = "1s"')].join('\n'),
      '[shutdown]\nfinish_grace = "500ms"\n',
    )
  })
  afterAll(() => fleet.end())

  const rows = async (jr: string): Promise<Row[]> =>
    (await fleet.sql.query<Row>('SELECT * FROM jr_work_queue WHERE assigned_jr = $1 ORDER BY id', [jr])).rows
  const add = async (jr: string, title: string): Promise<number> =>
    (await fleet.json<{ ids: number[] }>('tasks', 'add', title, '--assign', jr)).ids[0] ?? expect.fail()
  const row = async (jr: string, id: number): Promise<Row> =>
    (await rows(jr)).find((one) => Number(one.id) === id) ?? expect.fail()
  const log = () => readFile(join(fleet.place.dir, 'state/logs/stream_jr.log'), 'utf8')
  const starts = async () => (await log()).split('the program was started').length - 1

  it('does hundreds of tasks, each with its own answer', async () => {
    const titles = Array.from({ length: 400 }, (_, at) => `echo ${at}`)
    const file = join(fleet.place.dir, 'tasks.jsonl')
    await writeFile(
      file,
      titles.map((title) => JSON.stringify({ title, assigned_jr: 'stream_jr' })).join('\n'),
    )
    expect((await fleet.jrctl('tasks', 'import', file)).code).toBe(0)
    const done = await until(
      () => rows('stream_jr'),
      (all) => all.length === 400 && all.every(({ status }) => status === 'completed'),
    )
    expect(done.map(({ result }) => result)).toEqual(titles.map((title) => ({ title })))
    expect(done.every(({ attempts }) => attempts === 1)).toBe(true)
    expect(await starts()).toBe(1)
  })

  it('hears of a cancel within a second, and goes on with the rest', async () => {
    const id = await add('stream_jr', 'progress')
    await until(
      () => row('stream_jr', id),
      ({ progress_percent }) => progress_percent > 0,
    )
    expect(await fleet.jrctl('tasks', 'cancel', String(id))).toMatchObject({ code: 0 })
    const cancelledAt = performance.now()
    await until(log, (said) => said.includes('told to stop: cancelled'))
    expect(performance.now() - cancelledAt).toBeLessThan(atOnceMs)
    const next = await add('stream_jr', 'echo on')
    await until(
      () => row('stream_jr', next),
      ({ status }) => status === 'completed',
    )
    expect((await row('stream_jr', id)).status).toBe('cancelled')
    expect(await starts()).toBe(1)
  })

  it('is started anew when it ignores a cancel beyond its grace', async () => {
    const id = await add('stream_jr', 'deaf')
    await until(
      () => row('stream_jr', id),
      ({ progress_percent }) => progress_percent > 0,
    )
    expect(await fleet.jrctl('tasks', 'cancel', String(id))).toMatchObject({ code: 0 })
    await until(starts, (count) => count === 2)
    const next = await add('stream_jr', 'echo on')
    await until(
      () => row('stream_jr', next),
      ({ status }) => status === 'completed',
    )
  })

  it('and without it a command is gone a second after its task was cancelled, though it heeds no TERM', async () => {
    const id = await add('exec_jr', 'stubborn')
    const pidFile = join(fleet.place.dir, `pid-${id}`)
    const pid = await until(
      () => readFile(pidFile, 'utf8').catch(() => ''),
      (text) => text.endsWith('\n'),
    )
    const cancelledAt = performance.now()
    // As a program that knows only the tables cancels.
    await fleet.sql.query(`UPDATE jr_work_queue SET status = 'cancelled' WHERE id = $1`, [id])
    await until(
      () => readFile(`/proc/${pid.trim()}/stat`).catch(() => null),
      (stat) => stat === null,
    )
    expect(performance.now() - cancelledAt).toBeLessThan(atOnceMs)
  })

  it('stops with the fleet, and its undone tasks go back uncounted', async () => {
    const ids = [await add('stream_jr', 'progress'), await add('stream_jr', 'deaf')]
    for (const id of ids)
      await until(
        () => row('stream_jr', id),
        ({ progress_percent }) => progress_percent > 0,
      )
    fleet.daemon.child.kill('SIGTERM')
    await fleet.daemon.exited
    for (const id of ids)
      expect(await row('stream_jr', id)).toMatchObject({ status: 'assigned', attempts: 0 })
  })
})
