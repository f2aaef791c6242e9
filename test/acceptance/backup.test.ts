import { spawnSync } from 'node:child_process'
import { createWriteStream, existsSync, readdirSync } from 'node:fs'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { BackupMade, BackupSeen, RestoreDone } from '../../src/cli/backup/service.ts'
import type { StatusView } from '../../src/contract/views.ts'
import { type EmbeddedState, makeEmbeddedState } from '../support/embedded-state.ts'
import { type Place, type Running, jrctl, jrctlPath, start, temporaryPlace } from '../support/jrctl.ts'
import { readArchive } from '../../src/adapters/backup/archive-reader.ts'
import { createArchiveWriter } from '../../src/adapters/backup/archive-writer.ts'
import type { BackupManifest } from '../../src/domain/backup/manifest.ts'
import { type TestFleet, scripted, startFleet, until } from './fleet.ts'

/** Those after it wait until the file `open` is there, so that a backup, however long it takes, finds some undone. */
const freeTasks = 80

/** What a task did is a line in `effects`. */
const work = `echo $JR_TASK_ID >> "$HERE/effects"; sleep 0.02
until [ $JR_TASK_ID -le ${freeTasks} ] || [ -e "$HERE/open" ]; do sleep 0.1; done`

/** A fleet on a database of its own making; its effects are outside of all that is backed up. */
const config = `state_dir = "state"
[queue]
embedded = true
${scripted('a_jr', work, 'instances = 3\nenv_pass = ["HERE"]')}
`

let embedded: EmbeddedState
beforeAll(async () => {
  embedded = await makeEmbeddedState()
})
afterAll(() => embedded?.remove())

let place: Place
let daemon: Running | null
beforeEach(async () => {
  place = await temporaryPlace()
  const { DATABASE_URL: _, ...env } = place.env
  place = { ...place, env: { ...env, HERE: place.dir } }
  await writeFile(join(place.dir, 'jrctl.toml'), config)
  daemon = null
})
afterEach(async () => {
  await stop()
  await place.remove()
})

const state = (...path: string[]) => join(place.dir, 'state', ...path)
const run = (...args: string[]) => jrctl(place, args)

async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await run(...args, '--json')
  if (code !== 0) throw new Error(`jrctl ${args.join(' ')} ended with ${code}: ${stderr}`)
  return JSON.parse(stdout) as T
}

async function up(): Promise<void> {
  if (!existsSync(state())) await embedded.layInto(state())
  daemon = start(place, ['daemon'])
  await daemon.said(/ runs, pid/)
}

async function stop(): Promise<void> {
  daemon?.child.kill('SIGTERM')
  await daemon?.exited
  daemon = null
}

async function addTasks(from: number, count: number): Promise<void> {
  const rows = Array.from({ length: count }, (_, n) =>
    JSON.stringify({ title: `task ${from + n}`, assigned_jr: 'a_jr' }),
  )
  await writeFile(join(place.dir, 'tasks.jsonl'), rows.join('\n'))
  expect((await run('tasks', 'import', 'tasks.jsonl')).code).toBe(0)
}

const completed = async () => (await json<StatusView>('status')).queue.byStatus.completed
const effects = async () =>
  (await readFile(join(place.dir, 'effects'), 'utf8').catch(() => ''))
    .split('\n')
    .filter((line) => line !== '')

/** Some are done before the backup, some while it is made, and some after it. */
const tasks = 120

describe('a fleet at work, backed up, lost, and brought back', () => {
  it(
    'has done all that it had done, loses no task, and does again only what came after',
    { timeout: 240_000 },
    async () => {
      await up()
      await addTasks(1, tasks)
      await until(completed, (count) => count >= 25)
      const before = new Set(await effects())
      const doneBefore = await completed()
      const made = await json<BackupMade>('backup', 'b.tar.zst')
      expect(made.manifest).toMatchObject({ database: { kind: 'embedded' }, secrets: true })
      expect((await stat(join(place.dir, 'b.tar.zst'))).mode & 0o777).toBe(0o600)
      const doneAtBackup = await completed()
      await writeFile(join(place.dir, 'open'), '')
      await until(completed, (count) => count >= doneAtBackup + 15)
      await stop()
      const effectsThen = await effects()
      await rename(state(), join(place.dir, 'lost'))

      const restored = await json<RestoreDone>('restore', 'b.tar.zst')
      expect(restored).toMatchObject({ aside: null, replaced: [], dryRun: false })
      expect(restored.tasksGivenBack).toBeLessThanOrEqual(3)
      await up()
      const status = await until(
        () => json<StatusView>('status'),
        ({ queue }) => queue.byStatus.completed === tasks,
      )
      expect(status.daemon.nodeId).toBe(made.manifest.node)
      // Whatever was completed before the backup began was not done again.
      const again = (await effects()).slice(effectsThen.length)
      expect(again.length).toBeLessThanOrEqual(tasks - doneBefore + 3)
      const untouched = [...before].filter((id) => !again.includes(id))
      expect(untouched.length).toBeGreaterThanOrEqual(before.size - 3)
      expect(new Set(await effects()).size).toBe(tasks)

      expect((await run('ledger', 'verify')).code).toBe(0)
      expect((await run('ledger', '--type', 'state.restored')).stdout).toContain('restored from a backup of')
      const replay = await until(
        () => run('ledger', 'replay', '--check'),
        ({ stdout }) => !stdout.includes('newest'),
      )
      expect(replay.stdout).toBe(`The ledger and the table agree on ${tasks} tasks\n`)
    },
  )
})

describe('a backup', () => {
  it('is taken while nothing runs, and leaves nothing running; twice, and the oldest goes; over nothing else', async () => {
    await up()
    await addTasks(1, 5)
    await until(completed, (count) => count === 5)
    await stop()
    await mkdir(join(place.dir, 'backups'))
    await writeFile(join(place.dir, 'backups/notes.txt'), 'mine')
    const first = await json<BackupMade>('backup', 'backups', '--keep', '1')
    expect(existsSync(state('postgres/data/postmaster.pid'))).toBe(false)
    const second = await json<BackupMade>('backup', 'backups', '--keep', '1')
    expect(second.removed).toEqual([first.file])
    expect(readdirSync(join(place.dir, 'backups')).toSorted()).toEqual([
      second.file?.split('/').at(-1),
      'notes.txt',
    ])
    expect((await run('backup', 'verify', second.file ?? '')).stdout).toMatch(/is whole: \d+ files/)
    const piped = spawnSync('sh', ['-c', `"$0" backup - > piped.tar.zst`, jrctlPath], {
      cwd: place.dir,
      env: place.env,
    })
    expect(piped.status).toBe(0)
    expect(await json<BackupSeen>('backup', 'verify', 'piped.tar.zst')).toMatchObject({
      ledgerEntries: expect.any(Number),
    })

    await writeFile(join(place.dir, 'thesis.txt'), 'all my work')
    const refused = await run('backup', 'thesis.txt')
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('is not a backup') })
    expect(await run('backup', 'no/such/folder/b')).toMatchObject({ code: 2 })
    expect(await run('backup', '-', '--keep', '3')).toMatchObject({ code: 2 })
    expect(await run('backup', 'verify', 'nothing')).toMatchObject({ code: 3 })
    for (const folder of [place.dir, join(place.dir, 'backups')])
      expect(readdirSync(folder).filter((name) => name.startsWith('.jrctl'))).toEqual([])

    await rm(state('postgres'), { recursive: true })
    expect(await run('backup', 'backups', '--keep', '1')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is gone, although its ledger has'),
    })
    expect(readdirSync(join(place.dir, 'backups'))).toContain(second.file?.split('/').at(-1))
  })

  it('without secrets has none, and comes back with new ones', async () => {
    await up()
    await addTasks(1, 3)
    await until(completed, (count) => count === 3)
    const password = (await readFile(state('postgres/password'), 'utf8')).trim()
    const made = await json<BackupMade>('backup', 'b', '--without-secrets')
    expect(made.manifest).toMatchObject({ secrets: false, configPath: null })
    await stop()
    await rm(state(), { recursive: true })
    const restored = await run('restore', 'b')
    expect(restored).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`Restoring into ${state()} …`),
    })
    expect((await readFile(state('postgres/password'), 'utf8')).trim()).not.toBe(password)
    await up()
    expect(await completed()).toBe(3)
  })

  it('of a place without a state says what is missing', async () => {
    expect(await run('backup', 'b')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('There is no local state to back up'),
    })
  })
})

describe('a restore', () => {
  it('refuses while a daemon runs, over what is there, and of what is damaged; --force moves the old aside', async () => {
    await up()
    await addTasks(1, 4)
    await until(completed, (count) => count === 4)
    expect((await run('backup', 'b')).code).toBe(0)
    const used = await run('restore', 'b')
    expect(used).toMatchObject({ code: 1, stderr: expect.stringMatching(/A daemon, pid \d+/) })
    const tried = await run('restore', 'b', '--dry-run', '--force')
    expect(tried).toMatchObject({ code: 1, stdout: expect.stringMatching(/in the way +A daemon, pid \d+/) })
    expect(tried.stdout).not.toContain('holds a state already')
    await addTasks(5, 2)
    await until(completed, (count) => count === 6)
    await stop()

    const listed = readdirSync(state()).toSorted()
    const dry = await run('restore', 'b', '--dry-run', '--force')
    expect(await run('restore', 'b', '--dry-run')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('holds a state already'),
    })
    expect(dry).toMatchObject({ code: 0, stdout: expect.stringContaining('nothing was changed') })
    const there = await run('restore', 'b')
    expect(there).toMatchObject({ code: 1, stderr: expect.stringContaining('--force') })
    const whole = await readFile(join(place.dir, 'b'))
    const at = Math.floor(whole.length / 2)
    whole[at] = (whole[at] ?? 0) ^ 0x10
    await writeFile(join(place.dir, 'damaged'), whole)
    const damaged = await run('restore', 'damaged', '--force')
    expect(damaged).toMatchObject({ code: 1, stderr: expect.stringMatching(/is damaged: /) })
    expect(readdirSync(state()).toSorted()).toEqual(listed)

    const elsewhere = { ...place, env: { ...place.env, JRCTL_CONFIG: '' } }
    await rename(join(place.dir, 'jrctl.toml'), join(place.dir, 'other.toml'))
    const lost = await jrctl(elsewhere, ['restore', 'b'])
    expect(lost).toMatchObject({ code: 1, stderr: expect.stringContaining(`was taken of ${state()}`) })
    await rename(join(place.dir, 'other.toml'), join(place.dir, 'jrctl.toml'))

    const { aside } = await json<RestoreDone>('restore', 'b', '--force')
    const kept = readdirSync(aside ?? '')
    expect(kept).toEqual(expect.arrayContaining(['node-id', 'postgres', 'state.sqlite']))
    await up()
    expect(await completed()).toBe(4)
  })

  it('that is killed leaves the old or the new, and the next start of the daemon ends it', async () => {
    await up()
    expect((await run('backup', 'b')).code).toBe(0)
    await addTasks(1, 2)
    await until(completed, (count) => count === 2)
    await stop()
    // The steps between are for the exchange's own tests; these are with everything that a restore does around them.
    for (const [point, done] of [
      ['staged', 2],
      ['aside:2', 0],
    ] as const) {
      const dying = { ...place, env: { ...place.env, JRCTL_TEST_DIE_AT: `restore.${point}` } }
      expect((await jrctl(dying, ['restore', 'b', '--force'])).code).toBeNull()
      await up()
      expect([point, await completed()]).toEqual([point, done])
      expect((await run('ledger', 'verify')).code).toBe(0)
      await stop()
      expect(readdirSync(state()).filter((name) => name.startsWith('restor'))).toEqual([])
    }
  })
})

/** The same backup with another manifest, as another machine or another jrctl would have written it. */
async function rewritten(file: string, change: Partial<BackupManifest>): Promise<string> {
  const target = `${file}.rewritten`
  const writer = createArchiveWriter(createWriteStream(target, { mode: 0o600 }), { modified: 0 })
  let manifest: BackupManifest | undefined
  await readArchive(file, {
    begin: async (read) => {
      manifest = { ...read, ...change }
      await writer.text('manifest.json', JSON.stringify(manifest))
    },
    visit: ({ kind, path, bytes, content }) =>
      kind === 'folder' ? writer.folder(path) : writer.file(path, bytes, content),
  })
  await writer.finish()
  return target
}

describe('a restore elsewhere', () => {
  it('is another node, unless it is told to be the same; of what is newer it is refused', async () => {
    await up()
    const { manifest } = await json<BackupMade>('backup', 'b')
    await stop()
    const moved = await rewritten(join(place.dir, 'b'), { host: 'elsewhere' })
    expect(await json<RestoreDone>('restore', moved, '--force', '--keep-node')).toMatchObject({
      node: manifest.node,
    })
    expect((await readFile(state('node-id'), 'utf8')).trim()).toBe(manifest.node)
    expect(await json<RestoreDone>('restore', moved, '--force')).toMatchObject({ node: null })
    expect(existsSync(state('node-id'))).toBe(false)
    await up()
    expect((await json<StatusView>('status')).daemon.nodeId).not.toBe(manifest.node)
    expect((await run('ledger', 'verify')).code).toBe(0)
    await stop()

    const beside = ['b', '--state-dir', 'beside']
    expect(await json<RestoreDone>('restore', ...beside)).toMatchObject({ node: null, otherNode: 'folder' })
    expect(existsSync(join(place.dir, 'beside', 'node-id'))).toBe(false)
    expect(
      await json<RestoreDone>('restore', ...beside, '--force', '--keep-node', '--dry-run'),
    ).toMatchObject({
      node: manifest.node,
      otherNode: null,
    })

    const newer = await rewritten(join(place.dir, 'b'), {
      version: '9.0.0',
      state: { ...manifest.state, schema: 99 },
    })
    expect(await run('restore', newer, '--force')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/schema version 99[\s\S]*jrctl 9\.0\.0/),
    })
    const { database } = manifest
    const major = await rewritten(join(place.dir, 'b'), {
      database: { ...database, major: 17 } as typeof database,
    })
    expect((await run('restore', major, '--force')).stderr).toContain('PostgreSQL 17')
  })
})

describe('of a queue on a server that is not ours', () => {
  let fleet: TestFleet | undefined
  afterEach(() => fleet?.end())

  it('the local state alone is backed up, says so, and finds its way on in the queue when it is back', async () => {
    const on = (fleet = await startFleet(scripted('a_jr', 'true')))
    const done = async () => (await on.json<StatusView>('status')).queue.byStatus.completed
    for (const title of ['one', 'two']) await on.jrctl('tasks', 'add', title, '--assign', 'a_jr')
    await until(done, (count) => count === 2)
    const made = await on.jrctl('backup', 'b')
    expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining('Back that up with pg_dump') })
    await on.jrctl('tasks', 'add', 'three', '--assign', 'a_jr')
    await until(done, (count) => count === 3)
    const before = await on.json<StatusView>('status')
    on.daemon.child.kill('SIGTERM')
    await on.daemon.exited
    expect((await on.jrctl('restore', 'b', '--force')).code).toBe(0)
    on.daemon = start(on.place, ['daemon'])
    await on.daemon.said(/ runs, pid/)
    expect((await on.json<StatusView>('status')).daemon.nodeId).toBe(before.daemon.nodeId)
    const { stdout } = await until(
      () => on.jrctl('ledger', 'replay', '--check'),
      (ran) => !ran.stdout.includes('newest'),
    )
    expect(stdout).toBe('The ledger and the table agree on 3 tasks\n')
    expect((await on.jrctl('ledger', 'verify')).code).toBe(0)
    // Nothing was taken for a queue that was set back: it is the ledger that was.
    expect((await on.jrctl('ledger', '--type', 'daemon.queue_changed')).stdout).not.toContain('set back')
  })
})

/** A small disk needs a mount, which a user namespace allows where there are any. */
const mayMount = spawnSync('unshare', ['-Urm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0

describe.skipIf(!mayMount)('a disk without room', () => {
  it('gets no backup, keeps nothing of the try, and is named', async () => {
    await up()
    await mkdir(join(place.dir, 'small'))
    const script = `mount -t tmpfs -o size=1m tmpfs small && { "$0" backup small; echo "ended with $?"; ls -A small; }`
    const { stdout, stderr } = spawnSync('unshare', ['-Urm', 'sh', '-c', script, jrctlPath], {
      cwd: place.dir,
      env: place.env,
      encoding: 'utf8',
    })
    expect(stderr).toContain(`no room left in ${join(place.dir, 'small')}`)
    expect(stdout).toBe('ended with 1\n')
  })

  it('takes no restore, whether its files have no room or its database has none, and keeps nothing of the try', async () => {
    await up()
    await stop()
    expect((await run('backup', 'b')).code).toBe(0)
    await mkdir(join(place.dir, 'small'))
    const { contentBytes } = await json<BackupSeen>('backup', 'verify', 'b')
    for (const bytes of [20e6, contentBytes + 2e6]) {
      const script = `mount -t tmpfs -o size=${bytes} tmpfs small && { "$0" restore b --state-dir small/st; echo "ended with $?"; ls -A small/st/restoring small/st/postgres; }`
      const { stdout, stderr } = spawnSync('unshare', ['-Urm', 'sh', '-c', script, jrctlPath], {
        cwd: place.dir,
        env: place.env,
        encoding: 'utf8',
      })
      expect(stderr).toContain(`no room left in ${join(place.dir, 'small/st')}`)
      expect(stdout).toBe('ended with 1\n')
    }
  })
})
