import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TaskDetailView, WhyView } from '../../src/contract/outputs.ts'
import { start } from '../support/jrctl.ts'
import { scripted, startFleet, type TestFleet, until } from './fleet.ts'

const busy = 'Research Jr.'
const missing = `[[workers]]
name = "Broken Jr."
command = ["no-such-program"]
`

/** `jrctl why` (spec §2): one screen, plain words, with a daemon and without. */
describe('jrctl why', () => {
  let fleet: TestFleet
  const ids: Record<string, number> = {}
  beforeAll(async () => {
    fleet = await startFleet(
      scripted(busy, 'echo "::progress 40 half way"; sleep 3600') + missing,
      '[shutdown]\nfinish_grace = "0s"',
    )
    const add = async (title: string, ...more: string[]) => {
      const { ids: added } = await fleet.json<{ ids: number[] }>('tasks', 'add', title, ...more)
      ids[title] = added[0] ?? 0
    }
    await add('at work', '--assign', busy)
    await until(
      () => fleet.json<TaskDetailView>('tasks', 'show', String(ids['at work'])),
      ({ task }) => task.progressPercent === 40,
    )
    await add('behind', '--assign', busy)
    await add('for the broken', '--assign', 'Broken Jr.')
    await add('for a ghost', '--assign', 'Ghost Jr.')
    await add('later', '--at', '2099-01-01')
    await add('done with')
    await fleet.jrctl('tasks', 'cancel', String(ids['done with']))
  })
  afterAll(async () => {
    // The next daemon adopts the workers of the one that was killed, and takes them along.
    const next = start(fleet.place, ['daemon'])
    await next.said(/ runs, pid/)
    next.child.kill('SIGTERM')
    await next.exited
    await fleet.end()
  })

  const why = (title: string) => fleet.json<WhyView>('why', String(ids[title]))
  const kindsOf = async (title: string) => (await why(title)).reasons.map(({ kind }) => kind)

  it('says who works on it, at which position, with which lease', async () => {
    const { whereabouts, reasons } = await why('at work')
    expect(whereabouts).toBe('running')
    expect(reasons.map(({ kind }) => kind)).toEqual(['running', 'lease', 'position', 'share', 'progress'])
    expect(reasons[2]?.sentence).toBe('It holds position 1 of 1.')
    expect(reasons[4]?.sentence).toMatch(/^It is at 40 %, "half way", told .* ago\.$/)
  })

  it('says what a waiting task waits for', async () => {
    expect(await kindsOf('behind')).toEqual(['ready', 'next_in_line', 'jr_online'])
    expect(await kindsOf('for the broken')).toEqual(['ready', 'jr_unknown', 'worker_down', 'next_in_line'])
    expect(await kindsOf('for a ghost')).toEqual(['ready', 'jr_unknown', 'worker_absent', 'next_in_line'])
    expect(await kindsOf('later')).toEqual(['scheduled'])
    expect(await kindsOf('done with')).toEqual(['cancelled'])
  })

  it('fits one screen of eighty columns, each finding with its next step', async () => {
    const { code, stdout } = await fleet.jrctl('why', String(ids['for a ghost']))
    expect(code).toBe(0)
    const lines = stdout.trimEnd().split('\n')
    expect(lines.length).toBeLessThan(24)
    expect(lines[0]).toContain('assigned  for a ghost')
    expect(stdout).toContain('! No worker called Ghost Jr. has ever been seen.')
    expect(stdout).toContain('→ Give it to another: jrctl tasks set')
  })

  it('names the session that locks the row', async () => {
    await fleet.sql.query('begin')
    await fleet.sql.query('select from jr_work_queue where id = $1 for update', [ids['behind']])
    try {
      const { reasons } = await until(
        () => why('behind'),
        (view) => view.reasons.some(({ kind }) => kind === 'row_locked'),
      )
      expect(reasons[1]).toMatchObject({ kind: 'row_locked', weight: 'blocks' })
      expect(reasons[1]?.sentence).toMatch(/idle in transaction/)
    } finally {
      await fleet.sql.query('rollback')
    }
  })

  it('exits 3 for a task that is not there', async () => {
    const { code, stderr } = await fleet.jrctl('why', '99999')
    expect(code).toBe(3)
    expect(stderr).toContain('There is no task 99999')
  })

  it('says who cancelled a task, and who deleted one', async () => {
    const { reasons } = await until(
      () => why('done with'),
      (view) => / ago by /.test(view.reasons[0]?.sentence ?? ''),
    )
    expect(reasons[0]?.sentence).toMatch(/^It was cancelled .* ago by cli:/)
    await fleet.sql.query('delete from jr_work_queue where id = $1', [ids['later']])
    const gone = await until(
      () => fleet.jrctl('tasks', 'show', String(ids['later'])),
      ({ stderr }) => stderr.includes('deleted'),
    )
    expect(gone.code).toBe(3)
    expect(gone.stderr).toMatch(/Task \d+ is purged or deleted: by .+, at 20/)
  })

  it('answers from the database alone when the daemon is dead', async () => {
    fleet.daemon.child.kill('SIGKILL')
    await fleet.daemon.exited
    const { reasons } = await why('for a ghost')
    expect(reasons.map(({ kind }) => kind)).toEqual(['ready', 'jr_unknown', 'daemon_down', 'next_in_line'])
    expect((await why('at work')).reasons.map(({ kind }) => kind)).toContain('position')
    expect((await fleet.jrctl('why', '99999')).code).toBe(3)
  })
  it('says that plain SQL ended the attempt of a worker', async () => {
    await fleet.sql.query("set application_name = 'their program'")
    await fleet.sql.query("update jr_work_queue set status = 'completed' where id = $1", [ids['at work']])
    expect((await why('at work')).reasons[0]?.sentence).toContain(
      `ago by plain SQL of their program, which ended attempt 1 of ${busy}`,
    )
  })
})
