import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/adapters/clock.ts'
import { createClient, type ApiClient } from '../../src/client/client.ts'
import type { TaskDetailView } from '../../src/contract/outputs.ts'
import { post, raw } from '../api/raw.ts'
import { start, temporaryPlace, type Place, type Running } from '../support/jrctl.ts'
import { scripted, startFleet, type TestFleet, until } from './fleet.ts'

const fixture = new URL('../fixtures/http-worker.mjs', import.meta.url).pathname
const jr = 'Http Jr.'
const settings = '[queue]\nlease = "2s"\nrenew_interval = "500ms"'
/** A supervised worker that speaks HTTP; and room for others of its name beside it. */
const supervised = `[[workers]]
name = "Supervised Http Jr."
command = [${JSON.stringify(process.execPath)}, ${JSON.stringify(fixture)}, "Supervised Http Jr.", "/dev/null"]
`

/** Workers of any language lease attempts over the socket (spec §2, §3). */
describe('the lease API', () => {
  let fleet: TestFleet
  let effects: string
  const children: ChildProcess[] = []
  beforeAll(async () => {
    fleet = await startFleet(supervised, settings)
    effects = join(fleet.place.dir, 'effects')
    await writeFile(effects, '')
  })
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
  })
  afterAll(() => fleet.end())

  const socketOf = (place: Place) => join(place.dir, 'state/jrctl.sock')
  const clientOf = (place: Place): ApiClient =>
    createClient({ socketPath: socketOf(place), actor: 'test', clock: systemClock() })
  const add = async (title: string, name = jr): Promise<number> => {
    const { ids } = await fleet.json<{ ids: number[] }>('tasks', 'add', title, '--assign', name)
    return ids[0] ?? 0
  }
  const show = (id: number) => fleet.json<TaskDetailView>('tasks', 'show', String(id))
  const worker = (): ChildProcess => {
    const env = { PATH: process.env['PATH'], JRCTL_SOCKET: socketOf(fleet.place) }
    const child = spawn(process.execPath, [fixture, jr, effects], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    children.push(child)
    return child
  }
  const keyed = (place: Place, what: string, key: string, body: object = {}) =>
    raw(socketOf(place), post(`/v1/attempts/${what}`, JSON.stringify(body), [`Authorization: Bearer ${key}`]))

  it('lets a twenty-line program do the work, woken as tasks come', async () => {
    worker()
    const ids = [await add('one'), await add('two')]
    for (const id of ids) {
      const { task, attempts } = await until(
        () => show(id),
        (view) => view.task.status === 'completed',
      )
      expect(task).toMatchObject({ result: { by: 'http' }, attempts: 1 })
      expect(attempts).toMatchObject([{ outcome: 'completed' }])
    }
    expect(await readFile(effects, 'utf8')).toBe(`${ids[0]} one\n${ids[1]} two\n`)
    const { rows } = await fleet.sql.query('select is_online from jr_status where jr_name = $1', [jr])
    expect(rows).toEqual([{ is_online: true }])
  })

  it('rescues the task of a worker that was killed, and hands it to the next', async () => {
    const id = await add('hang')
    const victim = worker()
    await once(victim.stdout ?? victim, 'data')
    victim.kill('SIGKILL')
    const back = await until(
      () => show(id),
      ({ task }) => task.status === 'assigned',
    )
    expect(back.attempts).toMatchObject([{ outcome: 'expired' }])
    await fleet.sql.query(`update jr_work_queue set title = 'no more' where id = $1`, [id])
    worker()
    const { attempts } = await until(
      () => show(id),
      ({ task }) => task.status === 'completed',
    )
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['expired', 'completed'])
  })

  it('returns the task of a supervised worker at once when that one dies', async () => {
    const id = await add('hang', 'Supervised Http Jr.')
    const claimed = await until(
      () => show(id),
      ({ task }) => task.status === 'in_progress' && task.progressPercent === 50,
    )
    const { workers } = await clientOf(fleet.place).call('listWorkers', {})
    expect(claimed.attempts[0]?.instanceId).toBe(workers[0]?.instanceId)
    process.kill(workers[0]?.pid ?? 0, 'SIGKILL')
    const { attempts } = await until(
      () => show(id),
      ({ attempts: all }) => all[0]?.outcome !== null,
    )
    expect(attempts[0]).toMatchObject({ outcome: 'expired' })
    expect(attempts[0]?.error).not.toContain('was not heard of in time')
    await fleet.jrctl('tasks', 'cancel', String(id))
  })

  it('knows a key on every node, and across a death of the daemon', async () => {
    const place = await temporaryPlace({ DATABASE_URL: fleet.database.url })
    await writeFile(
      join(place.dir, 'jrctl.toml'),
      `state_dir = "state"\n${settings}\n${scripted('Idle Jr.', 'true')}`,
    )
    let other: Running = start(place, ['daemon'])
    try {
      await other.said(/ runs, pid/)
      await add('shared')
      const { attempts } = await clientOf(place).call('claimAttempts', { jr, leaseMs: 600_000 })
      const { key = '', task } = attempts[0] ?? {}
      expect((await keyed(fleet.place, 'progress', key, { percent: 10 })).status).toBe(200)
      other.child.kill('SIGKILL')
      await other.exited
      other = start(place, ['daemon'])
      await other.said(/ runs, pid/)
      expect((await keyed(place, 'renew', key)).text).toContain('"leaseMs":600000')
      expect((await keyed(place, 'complete', key)).status).toBe(200)
      expect((await show(task?.id ?? 0)).task.status).toBe('completed')
      expect((await keyed(fleet.place, 'fail', key, { error: 'late' })).status).toBe(409)
    } finally {
      other.child.kill('SIGTERM')
      await other.exited
      await place.remove()
    }
  })
})
