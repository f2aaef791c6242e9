import { spawnSync } from 'node:child_process'
import { open, rm, writeFile } from 'node:fs/promises'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StatusView } from '../../src/contract/views.ts'
import { type Place, type Running, jrctl, jrctlPath, startProgram, temporaryPlace } from '../support/jrctl.ts'
import { type TestDatabase, migratedDatabase } from '../support/postgres.ts'
import { scripted, until } from './fleet.ts'

/** A small disk of one's own needs a mount namespace; where none can be had, the suite says that it is skipped. */
const mayMount = spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs none /mnt']).status === 0

/** Mounts the state directory's disk where nobody else sees it, and becomes the daemon. */
const onSmallDisk = `mount -t tmpfs -o size=16m,mode=700 none "$0/state" && exec "$@"`

describe.skipIf(!mayMount)('a full disk (faults.md, 11)', () => {
  let place: Place
  let database: TestDatabase
  let daemon: Running
  let sql: Client

  beforeAll(async () => {
    database = await migratedDatabase()
    place = await temporaryPlace({ DATABASE_URL: database.url })
    mkdirSync(join(place.dir, 'state'))
    const settings = `state_dir = "state"\n[api]\nsocket = "jrctl.sock"\n[logs]\ndir = "logs"\n`
    const worker = scripted(
      'a_jr',
      `case "$JR_TASK_TITLE" in long) while [ ! -e go ]; do sleep 0.05; done;; esac`,
    )
    await writeFile(join(place.dir, 'jrctl.toml'), settings + worker)
    daemon = startProgram(place, ['unshare', '-rm', 'sh', '-c', onSmallDisk, place.dir, jrctlPath, 'daemon'])
    await daemon.said(/ runs, pid/)
    sql = new Client({ connectionString: database.url })
    await sql.connect()
  })

  afterAll(async () => {
    daemon.child.kill('SIGTERM')
    await daemon.exited
    await sql.end()
    await database.drop()
    await place.remove()
  })

  const add = (title: string) => jrctl(place, ['tasks', 'add', title, '--assign', 'a_jr'])
  const statusOf = async (title: string): Promise<string> => {
    const { rows } = await sql.query<{ status: string }>(
      'select status from jr_work_queue where title = $1',
      [title],
    )
    return rows[0]?.status ?? 'missing'
  }
  const degraded = async (): Promise<string[]> => {
    const { stdout } = await jrctl(place, ['status', '--json'])
    return (JSON.parse(stdout) as StatusView).degraded ?? []
  }

  it('stops claiming, finishes what runs, says so, and resumes with nothing lost', async () => {
    const filler = join('/proc', `${daemon.child.pid}`, 'root', place.dir, 'state', 'filler')
    await add('long')
    await until(
      () => statusOf('long'),
      (status) => status === 'in_progress',
    )

    await fill(filler)
    const reasons = await until(degraded, (found) => found.length > 0)
    expect(reasons[0]).toMatch(/^state disk/)
    await until(
      async () => (await sql.query('select from jr_nodes where claims_held_until > now()')).rowCount,
      (held) => held === 1,
    )
    const health = await jrctl(place, ['health-check'])
    expect(health.code).toBe(1)
    expect(health.stdout).toContain('degraded: state disk')

    for (const title of ['one', 'two', 'three']) await add(title)
    await writeFile(join(place.dir, 'go'), '')
    await until(
      () => statusOf('long'),
      (status) => status === 'completed',
    )
    for (const title of ['one', 'two', 'three']) expect(await statusOf(title)).toBe('assigned')

    await rm(filler)
    await until(
      () => statusOf('three'),
      (status) => status === 'completed',
    )
    expect(await until(degraded, (found) => found.length === 0)).toEqual([])
    expect((await jrctl(place, ['ledger', 'verify'])).code).toBe(0)
    const check = await until(
      () => jrctl(place, ['ledger', 'replay', '--check']),
      ({ stdout }) => !stdout.includes('newest'),
    )
    expect(check).toMatchObject({ code: 0, stdout: 'The ledger and the table agree on 4 tasks\n' })
    const told = (await jrctl(place, ['ledger', '--type', 'state.*'])).stdout
    expect(told).toContain('no new tasks are claimed on this node')
    expect(told).toContain('claims go on')
  })
})

/** Writes until there is no room for another byte. */
async function fill(path: string): Promise<void> {
  const file = await open(path, 'w')
  try {
    for (const size of [65_536, 4_096, 1]) {
      while (await taken(file.write(Buffer.alloc(size)))) {
        // Once more.
      }
    }
  } finally {
    await file.close()
  }
}

async function taken(writing: Promise<{ bytesWritten: number }>): Promise<boolean> {
  try {
    return (await writing).bytesWritten > 0
  } catch {
    return false
  }
}
