import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TaskDetailView, WhyView } from '../../src/contract/outputs.ts'
import type { Task } from '../../src/domain/task.ts'
import { type TestFleet, scripted, startFleet, until } from './fleet.ts'

/** By the clock of UTC, in whole hours from when the test began. */
const began = new Date().getUTCHours()
const hour = (from: number) => `${String((began + from) % 24).padStart(2, '0')}:00`

/** Spec §7: windows, strict and not; campaigns; and what a person is told of them. */
describe('a channel with a strict window that is closed', () => {
  let fleet: TestFleet
  beforeAll(async () => {
    const window = `[[windows]]\nchannel = "TikTok"\nfrom = "${hour(3)}"\nto = "${hour(6)}"\ntimezone = "UTC"\nstrict = true`
    fleet = await startFleet(
      scripted('a_jr', 'cat > /dev/null'),
      `[orchestrator]\nenabled = false\n${window}`,
    )
  })
  afterAll(() => fleet.end())

  const taskOf = async (id: number): Promise<Task> =>
    (await fleet.json<TaskDetailView>('tasks', 'show', String(id))).task
  async function add(...more: string[]): Promise<number> {
    const { ids } = await fleet.json<{ ids: number[] }>('tasks', 'add', 'a task', '--assign', 'a_jr', ...more)
    return ids[0] ?? 0
  }

  it('keeps workers from its tasks, of jrctl and of plain SQL, says why, and lets them go when it is strict no more', async () => {
    await fleet.jrctl('campaigns', 'add', 'Spring', '--budget', '500')
    // Before any worker was started, and before anybody led.
    expect((await fleet.sql.query('select from jr_channels')).rowCount).toBe(1)
    const ours = await add('--channel', 'tiktok', '--urgent', '--campaign', 'spring')
    const { rows } = await fleet.sql.query<{ id: string }>(
      `insert into jr_work_queue (title, description, source, created_by, assigned_jr, channel)
       values ('t', 'd', 's', 'c', 'a_jr', ' TIKTOK') returning id`,
    )
    const foreign = Number(rows[0]?.id)
    const other = await add('--channel', 'youtube')
    await until(
      () => taskOf(other),
      ({ status }) => status === 'completed',
    )
    for (const id of [ours, foreign]) {
      const task = await until(
        () => taskOf(id),
        ({ status }) => status !== 'assigned',
      )
      expect(task).toMatchObject({ status: 'scheduled', attempts: 0 })
      expect(new Date(task.scheduledAt ?? 0).toISOString().slice(11, 19)).toBe(`${hour(3)}:00`)
    }
    const { reasons } = await fleet.json<WhyView>('why', String(ours))
    expect(reasons.filter(({ weight }) => weight === 'blocks')).toMatchObject([{ kind: 'window_closed' }])
    expect((await fleet.jrctl('tasks', 'show', String(ours))).stdout).toMatch(/campaign +Spring \(1\)/)
    expect((await fleet.jrctl('urgent', String(foreign))).stdout).toContain(
      'its window is strict and closed until',
    )

    const path = join(fleet.place.dir, 'jrctl.toml')
    await writeFile(path, (await readFile(path, 'utf8')).replace('strict = true', 'strict = false'))
    await fleet.jrctl('reload')
    for (const id of [ours, foreign])
      await until(
        () => taskOf(id),
        ({ status }) => status === 'completed',
      )
  })

  it('names an unknown campaign, and what was probably meant', async () => {
    const { code, stderr } = await fleet.jrctl('tasks', 'add', 'x', '--campaign', 'Sprnig')
    expect(code).toBe(3)
    expect(stderr).toContain('There is no campaign "Sprnig"\n  Did you mean "Spring"?')
  })
})
