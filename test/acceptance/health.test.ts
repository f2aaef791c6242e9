import { createHash } from 'node:crypto'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { StatusView } from '../../src/contract/views.ts'
import { startReceiver, type Receiver } from '../adapters/alerts/receiver.ts'
import { jrctl, start, temporaryPlace, type Place, type Ran, type Running } from '../support/jrctl.ts'
import { migratedDatabase, type TestDatabase } from '../support/postgres.ts'
import { proxyBefore, type TcpProxy } from '../support/tcp-proxy.ts'

interface Told {
  id: string
  key: string
  node: string
  change: string
  topics: string[]
  summary: string
}

/** Spec §11: the health check, with daemon and database up and down. */
describe('jrctl health-check', () => {
  let database: TestDatabase
  let proxy: TcpProxy
  let place: Place
  let sql: Client
  let receiver: Receiver
  let daemon: Running | undefined
  let systemctlCalls: string
  let nodeId: string

  const config = (more = ''): string => `state_dir = "state"
[queue]
lease = "2s"
renew_interval = "500ms"
${more}
[api]
listen = ""
[[alerts]]
name = "ops"
url_env = "HOOK"
min_interval = "0s"
[[workers]]
name = "Still Jr."
command = ["sleep", "100000"]
[[workers]]
name = "Other Jr."
command = ["sleep", "100000"]
instances = 0
`

  beforeAll(async () => {
    database = await migratedDatabase()
    proxy = await proxyBefore(database.url)
    receiver = await startReceiver()
    place = await temporaryPlace({ DATABASE_URL: proxy.through(database.url), HOOK: receiver.url })
    const bin = join(place.dir, 'bin')
    systemctlCalls = join(place.dir, 'systemctl-calls')
    place.env['PATH'] = `${bin}:${place.env['PATH']}`
    await mkdir(bin)
    await writeFile(systemctlCalls, '')
    await writeFile(join(bin, 'systemctl'), fakeSystemctl(systemctlCalls))
    await chmod(join(bin, 'systemctl'), 0o755)
    await writeFile(join(place.dir, 'jrctl.toml'), config())
    sql = new Client({ connectionString: database.url })
    await sql.connect()
  })

  afterAll(async () => {
    daemon?.child.kill('SIGKILL')
    await daemon?.exited
    await jrctl(place, ['daemon', '--until-idle']).catch(() => {})
    await sql.end()
    await proxy.close()
    await receiver.close()
    await database.drop()
    await place.remove()
  })

  const check = (...args: string[]): Promise<Ran> => jrctl(place, ['health-check', ...args])
  const asJson = async (...args: string[]) => {
    const { stdout } = await check('--json', ...args)
    return JSON.parse(stdout) as {
      apiVersion: number
      level: string
      problems: { level: string; text: string }[]
      facts: { healed: { rescuedTasks: number; markedOffline: string[]; restarts: { outcome: string }[] } }
    }
  }
  const told = (): Told[] => receiver.received.map(({ body }) => JSON.parse(body) as Told)
  /** Whatever was answered too late is told again, by the same name. */
  const toldOnce = (): Told[] => [...new Map(told().map((one) => [one.id, one])).values()]
  const begin = async (): Promise<void> => {
    daemon = start(place, ['daemon'])
    await daemon.said(/ runs, pid/)
  }

  it('with daemon and database up: OK, one line, perfdata by the guidelines', async () => {
    await begin()
    const status = JSON.parse((await jrctl(place, ['status', '--json'])).stdout) as StatusView
    nodeId = status.daemon.nodeId
    const { code, stdout } = await check()
    expect(stdout).toMatch(/^JRCTL OK - daemon up .*, 1 worker, 0 in progress, health 100 \| .*\n$/)
    expect(code).toBe(0)
    for (const figure of stdout.split(' | ')[1]?.trim().split(' ') ?? [])
      expect(figure).toMatch(/^\w+=-?\d+(\.\d+)?(s|%|B)?(;(\d+:?)?){0,2}(;\d*){0,2}$/)
    expect(told()).toEqual([])
  })

  it('takes thresholds, and says UNKNOWN to what is no threshold', async () => {
    await sql.query(`insert into jr_work_queue (title, assigned_jr, status) values ('a', 'x', 'assigned')`)
    expect((await check('--pending-warn', '0')).code).toBe(1)
    expect((await check('--pending-crit', '0')).code).toBe(2)
    expect((await check('--pending-crit', '5')).code).toBe(0)
    expect(await check('--pending-warn', 'many')).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/^JRCTL UNKNOWN - --pending-warn <tasks> cannot be "many"/) as string,
    })
    await sql.query('delete from jr_work_queue')
  })

  it.each([
    ['an option without its value', ['health-check', '--config'], '--config needs'],
    ['another machine', ['--host', 'http://127.0.0.1:1', 'health-check'], '--host has no meaning'],
  ])('says UNKNOWN to %s, which no command gets to see', async (_, args, words) => {
    const { code, stdout } = await jrctl(place, args)
    expect(stdout).toMatch(/^JRCTL UNKNOWN - [^|\n]*\n$/)
    expect(stdout).toContain(words)
    expect(code).toBe(3)
  })

  it('says UNKNOWN to a configuration that is broken', async () => {
    const path = join(place.dir, 'broken.toml')
    await writeFile(path, 'nonsense = true\n[queue]\nlease = "x|y"\n')
    const { code, stdout } = await jrctl(place, ['health-check', '--config', path])
    expect(code).toBe(3)
    expect(stdout).toMatch(/^JRCTL UNKNOWN - .*nonsense.*queue\.lease/)
    expect(stdout).not.toContain('|')
  })

  it('counts in a dry run what it would heal and changes nothing; then heals just that', async () => {
    await sql.query(`
      insert into jr_work_queue (title, assigned_jr, status, started_at, created_at)
        values ('stuck', 'Gone Jr.', 'in_progress', now() - interval '2 hours', now() - interval '3 hours');
      insert into jr_status (jr_name, status, is_online, last_seen, current_load)
        values ('Gone Jr.', 'working', true, now() - interval '1 hour', 1);`)
    // The daemon's leader sweeps too, once a minute: the check has to be the first.
    const before = await everything()
    const dry = await asJson('--dry-run')
    expect(dry.facts.healed).toMatchObject({ rescuedTasks: 1, markedOffline: ['Gone Jr.'] })
    expect(await everything()).toEqual(before)
    const wet = await asJson()
    expect(wet).toMatchObject({ apiVersion: 1, level: 'WARNING' })
    expect(wet.facts.healed).toMatchObject({ rescuedTasks: 1, markedOffline: ['Gone Jr.'] })
    const { rows } = await sql.query(`select status, started_at, progress_percent from jr_work_queue`)
    expect(rows).toEqual([{ status: 'assigned', started_at: null, progress_percent: 0 }])
    expect((await sql.query(`select is_online from jr_status where jr_name = 'Gone Jr.'`)).rows).toEqual([
      { is_online: false },
    ])
    expect((await asJson()).facts.healed).toMatchObject({ rescuedTasks: 0, markedOffline: [] })
    await sql.query(`delete from jr_work_queue; delete from jr_status`)
  })

  it('with the database down: CRITICAL, and back', async () => {
    proxy.refuse()
    proxy.cut()
    const { code, stdout } = await check()
    expect(code).toBe(2)
    expect(stdout).toMatch(/^JRCTL CRITICAL - database: /)
    proxy.heal()
    await expect.poll(async () => (await check()).code, { timeout: 30_000, interval: 50 }).toBe(0)
    await receiver.has(2)
    expect(toldOnce().map(({ key, change }) => `${change} ${key}`)).toEqual([
      `raised database:${nodeId}`,
      `cleared database:${nodeId}`,
    ])
  })

  it('answers in time whatever hangs: UNKNOWN, with what it has found', async () => {
    await writeFile(
      join(place.dir, 'patient.toml'),
      config('connect_timeout = "60s"\nstatement_timeout = "60s"').replace(/\[\[alerts\]\][^[]*/, ''),
    )
    proxy.blackHole()
    const beganMs = Date.now()
    const { code, stdout } = await check('--config', 'patient.toml', '--timeout', '4')
    // By itself the database would keep it for a minute.
    expect(Date.now() - beganMs).toBeLessThan(30_000)
    // The database's own answer comes just in time, or the deadline does: both say whom nobody heard.
    expect(stdout).toMatch(
      /^JRCTL (UNKNOWN - no answer within 4 s from the database; so far: daemon up|CRITICAL - database: )/,
    )
    expect([2, 3]).toContain(code)
    proxy.heal()
  })

  it('lets one at a time at it, and the next one in when the first is killed', async () => {
    proxy.blackHole()
    onTestFinished(() => proxy.heal())
    const first = start(place, ['health-check', '--config', 'patient.toml', '--timeout', '300'])
    onTestFinished(() => void first.child.kill('SIGKILL'))
    // Others on this machine hold locks of their own.
    const lock = createHash('sha256').update(`jrctl-health-check:${join(place.dir, 'state')}`)
    const address = `@jrctl-${lock.digest('hex')}`
    await expect
      .poll(() => readFile('/proc/net/unix', 'utf8'), { timeout: 30_000, interval: 0 })
      .toContain(address)
    const second = await check('--timeout', '2')
    expect(second).toMatchObject({ code: 3, stdout: 'JRCTL UNKNOWN - another health check is at work\n' })
    first.child.kill('SIGKILL')
    await first.exited
    proxy.heal()
    await expect.poll(async () => (await check()).code, { timeout: 30_000, interval: 50 }).toBe(0)
  })

  it('with a daemon that is stopped in its tracks: says so, and leaves it alone', async () => {
    daemon?.child.kill('SIGSTOP')
    const { code, stdout } = await check('--timeout', '8')
    expect(code).toBe(1)
    expect(stdout).toContain(`the daemon (pid ${daemon?.child.pid}) does not answer`)
    daemon?.child.kill('SIGCONT')
    // That it was held up shows for a while; that it answers shows at once.
    const last = async (): Promise<string> => (
      await check(),
      `${told().at(-1)?.change} ${told().at(-1)?.key}`
    )
    await expect.poll(last, { timeout: 30_000, interval: 50 }).toBe(`cleared daemon:${nodeId}`)
    expect(told().at(-2)).toMatchObject({ topics: ['daemon'], change: 'raised', key: told().at(-1)?.key })
  })

  it('with the daemon dead: WARNING; told once; its failed unit is restarted, and not in a dry run', async () => {
    const before = receiver.received.length
    daemon?.child.kill('SIGKILL')
    await daemon?.exited
    await writeFile(systemctlCalls, '')
    const dry = await asJson('--dry-run')
    expect(dry.facts.healed.restarts.map(({ outcome }) => outcome)).toEqual(['would', 'would'])
    expect(receiver.received).toHaveLength(before)
    expect(await readFile(systemctlCalls, 'utf8')).not.toMatch(/restart|reset/)

    const { code, stdout } = await check()
    expect(code).toBe(1)
    expect(stdout).toMatch(/^JRCTL WARNING - daemon down/)
    expect(stdout).toContain('restart of jr-orchestrator.service asked of systemd (it failed)')
    expect(stdout).toContain('restart of jr-queue-worker@Still\\x20Jr..service asked of systemd (it failed)')
    expect(await readFile(systemctlCalls, 'utf8')).toContain('restart --no-block -- jr-orchestrator.service')
    await check()
    expect(told().slice(before)).toMatchObject([{ topics: ['daemon'], change: 'raised' }])
  })

  it('with both down: CRITICAL, both told', async () => {
    const before = toldOnce().length
    proxy.refuse()
    proxy.cut()
    const { code, stdout } = await check()
    expect(code).toBe(2)
    expect(stdout).toMatch(/^JRCTL CRITICAL - database: .*; daemon down/)
    proxy.heal()
    await check()
    expect(toldOnce().slice(before)).toMatchObject([
      { key: `database:${nodeId}`, node: nodeId, change: 'raised' },
      { key: `database:${nodeId}`, node: nodeId, change: 'cleared' },
    ])
  })

  it('with the daemon dead, tasks that wait and nobody at work: CRITICAL', async () => {
    await sql.query(`insert into jr_work_queue (title) values ('a')`)
    const { code, stdout } = await check()
    expect(code).toBe(2)
    expect(stdout).toContain('daemon down, tasks wait and no Jr is online')
    await sql.query('delete from jr_work_queue')
  })

  it('keeps what a receiver does not take for the next check', async () => {
    receiver.answers((response) => response.writeHead(503).end())
    await begin()
    const { stdout } = await check()
    expect(stdout).toContain('alerts do not reach ops: 127.0.0.1:')
    expect(stdout).not.toContain('s3cret')
    receiver.answers((response) => response.end())
    const before = receiver.received.length
    await expect
      .poll(async () => (await check(), receiver.received.length - before), { timeout: 30_000, interval: 50 })
      .toBe(1)
    expect(told().at(-1)).toMatchObject({ topics: ['daemon'], change: 'cleared' })
  })

  it('tries the channels when asked to', async () => {
    const { code, stdout } = await check('--test-alerts')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^JRCTL OK - 1 of 1 alert channels took a test: ops told \(HTTP 200 from 127/)
    expect(told().at(-1)).toMatchObject({ key: 'test', change: 'told' })
  })

  /** Every row of every table, but for what the daemon's own life writes. */
  async function everything(): Promise<unknown> {
    const tables = await sql.query<{ name: string }>(`select table_name as name from information_schema.tables
      where table_schema = 'public' and table_type = 'BASE TABLE'
        and table_name not in ('jr_nodes', 'jr_leader', 'jr_instances', 'jr_task_counts') order by 1`)
    const all: Record<string, unknown[]> = {}
    for (const { name } of tables.rows)
      all[name] = (await sql.query(`select * from ${name} t order by t::text`)).rows
    return all
  }
})

/** A systemd to which both the daemon's unit and that of one Jr have failed. */
function fakeSystemctl(calls: string): string {
  return `#!/bin/sh
echo "$*" >> ${calls}
case "$*" in
  *show*jr-orchestrator.service | *show*Still*) echo LoadState=loaded; echo ActiveState=failed ;;
  *show*) echo LoadState=not-found ;;
esac
`
}
