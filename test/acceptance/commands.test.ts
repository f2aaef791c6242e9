import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TaskDetailView, TaskListView, UrgentView } from '../../src/contract/outputs.ts'
import type { StatusView } from '../../src/contract/views.ts'
import { type TestFleet, scripted, startFleet, until } from './fleet.ts'

/** A Jr that waits until a file allows it to end, so that tests see tasks in progress for as long as they need. */
const patient =
  'cat >/dev/null; echo "::progress 40 half way"; while [ ! -e "release-$JR_TASK_ID" ]; do sleep 0.05; done; echo \'{"done":true}\''

describe('an operator at a live fleet', () => {
  let fleet: TestFleet

  beforeAll(async () => {
    fleet = await startFleet(
      [
        scripted('patient_jr', patient, 'stop_grace = "2s"'),
        scripted('second_jr', patient, 'stop_grace = "2s"'),
        scripted('echo_jr', 'cat'),
        scripted('failing_jr', 'echo no luck >&2; exit 65'),
      ].join('\n'),
    )
  })
  afterAll(() => fleet.end())

  const add = async (...args: string[]) =>
    (await fleet.json<{ ids: number[] }>('tasks', 'add', ...args)).ids[0]
  const show = async (id: number | undefined) =>
    (await fleet.json<TaskDetailView>('tasks', 'show', String(id))).task
  const release = (id: number | undefined) => writeFile(join(fleet.place.dir, `release-${id}`), '')
  const inStatus = (id: number | undefined, status: string) =>
    until(
      () => show(id),
      (task) => task.status === status,
    )

  it('adds a task, sees it done, with the result in its row', async () => {
    const id = await add('Say hello', '--assign', 'echo_jr', '--description', 'words', '--tags', 'a,b')
    const task = await inStatus(id, 'completed')
    expect(task).toMatchObject({ title: 'Say hello', attempts: 1, progressPercent: 100, tags: ['a', 'b'] })
    expect(task.result).toMatchObject({ title: 'Say hello', description: 'words' })
    const { stdout } = await fleet.jrctl('tasks', 'show', String(id))
    expect(stdout).toContain('Say hello')
    expect(stdout).toContain('completed')
  })

  it('sees what is in progress, makes one urgent and takes it back', async () => {
    const first = await add('First', '--assign', 'patient_jr')
    await inStatus(first, 'in_progress')
    const second = await add('Second', '--assign', 'second_jr')
    await until(
      () => fleet.json<StatusView>('status'),
      ({ positions }) => positions.map(({ taskId }) => taskId).join() === `${first},${second}`,
    )
    const urgent = await fleet.json<UrgentView>('urgent', String(second))
    expect(urgent.position).toMatchObject({
      position: 1,
      taskId: second,
      capacityPct: 50,
      ratePerMinute: 100,
    })
    const status = await fleet.json<StatusView>('status')
    expect(status.positions.map(({ taskId, capacityPct }) => [taskId, capacityPct])).toEqual([
      [second, 50],
      [first, 25],
    ])
    const undone = await fleet.json<UrgentView>('urgent', String(second), '--undo')
    expect(undone.position).toMatchObject({ position: 2 })
    const { stdout } = await fleet.jrctl('ledger', '--task', String(second), '--json')
    expect(stdout).toMatch(/task\.urgent/)
    expect(stdout).toMatch(/task\.urgent_undone/)
    await release(first)
    await inStatus(first, 'completed')
    const promoted = await until(
      () => fleet.json<StatusView>('status'),
      ({ positions }) => positions.length === 1,
    )
    expect(promoted.positions[0]).toMatchObject({ position: 1, taskId: second })
    await release(second)
    await inStatus(second, 'completed')
  })

  it('cancels a running task: its command ends, its result is refused', async () => {
    const id = await add('Never ends', '--assign', 'patient_jr')
    await until(
      () => show(id),
      (task) => task.progressPercent === 40,
    )
    const cancelled = await fleet.jrctl('tasks', 'cancel', String(id), '--reason', 'not wanted')
    expect(cancelled.code).toBe(0)
    expect(await show(id)).toMatchObject({ status: 'cancelled' })
    const next = await add('Next', '--assign', 'patient_jr')
    await inStatus(next, 'in_progress')
    await release(next)
    await inStatus(next, 'completed')
    expect(await show(id)).toMatchObject({ status: 'cancelled', result: null })
  })

  it('does a completed task again, and drops its result, only when that is asked for', async () => {
    const id = await add('Once', '--assign', 'echo_jr')
    const { result } = await inStatus(id, 'completed')
    expect(result).not.toBeNull()
    const refused = await fleet.jrctl('tasks', 'retry', String(id))
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(`retry ${id} --again`)])
    expect(await show(id)).toMatchObject({ status: 'completed', result })
    expect((await fleet.jrctl('tasks', 'retry', String(id), '--again')).code).toBe(0)
    const again = await inStatus(id, 'completed')
    expect(again.attempts).toBe(1)
  })

  it('sees a task fail for good, with its error, and retries it', async () => {
    const id = await add('Fails', '--assign', 'failing_jr')
    const failed = await inStatus(id, 'failed')
    expect(failed.error).toMatch(/no luck/)
    expect(failed.attempts).toBe(1)
    expect((await fleet.jrctl('tasks', 'retry', String(id))).code).toBe(0)
    await until(
      () => show(id),
      (task) => task.status === 'failed' && task.version > failed.version,
    )
  })

  it('holds a task back to its time, and changes it while it waits', async () => {
    const id = await add('Later', '--assign', 'echo_jr', '--at', '2099-01-01T00:00:00Z')
    expect(await show(id)).toMatchObject({ status: 'scheduled' })
    expect((await fleet.jrctl('tasks', 'set', String(id), '--priority', '1', '--title', 'Sooner')).code).toBe(
      0,
    )
    expect(await show(id)).toMatchObject({ priority: 1, title: 'Sooner', status: 'scheduled' })
    expect((await fleet.jrctl('tasks', 'retry', String(id))).code).toBe(0)
    await inStatus(id, 'completed')
  })

  it('imports a file, all of it or nothing', async () => {
    const good = join(fleet.place.dir, 'good.jsonl')
    await writeFile(
      good,
      '{"title":"one","assigned_jr":"echo_jr"}\n{"title":"two","assigned_jr":"echo_jr"}\n',
    )
    const { ids } = await fleet.json<{ ids: number[] }>('tasks', 'import', good)
    expect(ids).toHaveLength(2)
    const bad = join(fleet.place.dir, 'bad.jsonl')
    await writeFile(bad, '{"title":"three"}\nnot json\n{"titel":"four"}\n')
    const refused = await fleet.jrctl('tasks', 'import', bad)
    expect(refused.code).toBe(2)
    expect(refused.stderr).toMatch(/2/)
    expect(refused.stderr).toMatch(/titel/)
    const { tasks } = await fleet.json<TaskListView>('tasks', 'list', '--search', 'three')
    expect(tasks).toEqual([])
  })

  it.each([
    ['an empty title', ['tasks', 'add', ''], 2, /title/],
    ['a title over the limit', ['tasks', 'add', 'x'.repeat(501)], 2, /title[\s\S]*50[01]/],
    [
      'a description over the limit',
      ['tasks', 'add', 't', '--description', 'x'.repeat(128 * 1024 - 1), '--score', 'high'],
      2,
      /score/,
    ],
    ['an id that is not there', ['tasks', 'show', '999999'], 3, /999999/],
    ['urgent on an id that is not there', ['urgent', '999999'], 3, /999999/],
    ['cancel on an id that is not there', ['tasks', 'cancel', '999999'], 3, /999999/],
    ['a Jr that is not there', ['workers', 'restart', 'nobody_jr'], 3, /nobody_jr[\s\S]*echo_jr/],
  ])('refuses %s', async (_, args, code, message) => {
    const ran = await fleet.jrctl(...args)
    expect(ran.stderr).toMatch(message)
    expect(ran.code).toBe(code)
  })

  it('keeps hostile titles as data: in SQL, in the command, on the screen', async () => {
    const title = `'; DROP TABLE jr_work_queue; -- $(touch pwned) \`id\` \u001b[31mred\u001b]8;;http://x\u0007 \u202egnp`
    const id = await add(title, '--assign', 'echo_jr')
    const task = await inStatus(id, 'completed')
    expect(task.result).toMatchObject({ title: task.title })
    const { stdout } = await fleet.jrctl('tasks', 'show', String(id))
    expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u)
    expect(stdout).toContain('DROP TABLE')
  })

  it('refuses urgent on a finished task, naming its status', async () => {
    const id = await add('Done soon', '--assign', 'echo_jr')
    await inStatus(id, 'completed')
    const ran = await fleet.jrctl('urgent', String(id))
    expect(ran.stderr).toMatch(/completed/)
    expect(ran.code).toBe(3)
  })

  it('restarts, pauses and resumes a worker', async () => {
    type Workers = { workers: { name: string; state: string; pid: number | null }[] }
    const echo = async () =>
      (await fleet.json<Workers>('workers')).workers.find(({ name }) => name === 'echo_jr')
    const before = await echo()
    expect((await fleet.jrctl('workers', 'restart', 'echo_jr')).code).toBe(0)
    await until(echo, (worker) => worker?.state === 'running' && worker.pid !== before?.pid)
    expect((await fleet.jrctl('workers', 'pause', 'echo_jr')).code).toBe(0)
    await until(echo, (worker) => worker?.state === 'paused')
    const id = await add('While paused', '--assign', 'echo_jr')
    expect((await fleet.jrctl('workers', 'resume', 'echo_jr')).code).toBe(0)
    await inStatus(id, 'completed')
  })

  it('gives the task of a killed worker back at once, and refuses what the dead one would have said', async () => {
    const id = await add('Survives its worker', '--assign', 'patient_jr')
    await until(
      () => show(id),
      (task) => task.progressPercent === 40,
    )
    const { workers } = await fleet.json<{ workers: { name: string; pid: number | null }[] }>('workers')
    const pid = workers.find(({ name }) => name === 'patient_jr')?.pid ?? 0
    process.kill(pid, 'SIGKILL')
    await inStatus(id, 'assigned')
    // Its command, which nobody listens to any more, is gone with it; the next worker begins anew.
    await inStatus(id, 'in_progress')
    await release(id)
    const task = await inStatus(id, 'completed')
    expect(task.attempts).toBe(2)
    const { attempts } = await fleet.json<TaskDetailView>('tasks', 'show', String(id))
    expect(attempts).toMatchObject([
      { outcome: 'expired', error: expect.stringContaining('SIGKILL') as string },
      { outcome: 'completed' },
    ])
    expect((await fleet.jrctl('ledger', '--task', String(id), '--json')).stdout).toContain('task.rescued')
  })

  it('reads logs, verifies the ledger, checks the health and the configuration', async () => {
    expect((await fleet.jrctl('logs')).stdout).toMatch(/Managing 4 Jrs/)
    expect((await fleet.jrctl('logs', 'echo_jr')).code).toBe(0)
    expect(await fleet.json('ledger', 'verify')).toMatchObject({ ok: true })
    const health = await fleet.jrctl('health-check')
    expect(health.stdout).toMatch(/^JRCTL (OK|WARNING)/)
    expect(health.stdout.trimEnd().split('\n')).toHaveLength(1)
    expect((await fleet.jrctl('config', 'check')).code).toBe(0)
    const shown = await fleet.jrctl('config', 'show')
    expect(shown.stdout).toMatch(/queue\.poll_interval/)
    expect(JSON.parse((await fleet.jrctl('config', 'schema')).stdout)).toHaveProperty('properties.queue')
  })

  it('tells no secret anywhere', async () => {
    const secret = new URL(fleet.database.url).password
    const outputs = await Promise.all(
      [
        ['status', '--json'],
        ['config', 'show'],
        ['logs', '-n', '1000'],
        ['ledger', '--json'],
        ['workers', '--json'],
        ['health-check', '--json'],
      ].map((args) => fleet.jrctl(...args)),
    )
    if (secret !== '') for (const { stdout, stderr } of outputs) expect(stdout + stderr).not.toContain(secret)
  })

  it('takes a changed configuration, and refuses a broken one while the old goes on', async () => {
    const path = join(fleet.place.dir, 'jrctl.toml')
    const { readFile } = await import('node:fs/promises')
    const before = await readFile(path, 'utf8')
    await writeFile(path, `${before}\n[[workers]]\nname = "broken"\n`)
    const refused = await fleet.jrctl('reload')
    expect(refused.code).not.toBe(0)
    expect(refused.stderr).toMatch(/command/)
    await writeFile(path, `${before}\nnonsense`)
    // Broken TOML: the one moment when an operator wants to look at what still runs.
    const looked = await fleet.jrctl('status')
    expect(looked.code).toBe(0)
    expect(looked.stderr).toMatch(/warning: .*broken TOML/)
    expect((await fleet.jrctl('logs')).stdout).toMatch(/Managing \d Jrs/)
    await writeFile(path, `${before}\n${scripted('late_jr', 'cat')}`)
    expect((await fleet.jrctl('reload')).code).toBe(0)
    const id = await add('For the late one', '--assign', 'late_jr')
    await inStatus(id, 'completed')
    await writeFile(path, before)
    expect((await fleet.jrctl('reload')).code).toBe(0)
  })
})
