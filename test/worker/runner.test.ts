import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { OperationalError } from '../../src/errors.ts'
import { jrName } from '../../src/domain/ids.ts'
import { fixtureRunner, isAlive } from './support/fixture-runner.ts'
import type { FixtureRunner } from './support/fixture-runner.ts'

/** Adds one task, starts, and answers its row once it is no longer waiting or at work. */
async function runOne(fixture: FixtureRunner) {
  const id = fixture.queue.add({ title: 'read me' })
  await fixture.runner.start()
  await fixture.queue.until(() => !['pending', 'in_progress'].includes(fixture.queue.row(id).status))
  return fixture.queue.row(id)
}

/** The content of a file that a script makes by renaming, once it is there. */
async function fileMade(folder: string, name: string): Promise<string> {
  const path = join(folder, name)
  const watcher = watch(folder)
  try {
    await new Promise<void>((resolve) => {
      const look = (): void => (existsSync(path) ? resolve() : undefined)
      watcher.on('change', look)
      look()
    })
  } finally {
    watcher.close()
  }
  return readFileSync(path, 'utf8')
}

/** Says in file `pids` who it is and who its grandchildren are: one plain, one in a session of its own with TERM ignored. */
const family = `
  sleep 300 & plain=$!
  setsid sh -c 'trap "" TERM; echo $$ > $FIXTURE/stray.new; mv $FIXTURE/stray.new $FIXTURE/stray; while :; do sleep 300; done' &
  while [ ! -e $FIXTURE/stray ]; do sleep 0.01; done
  echo "$$ $plain $(cat $FIXTURE/stray)" > $FIXTURE/pids.new; mv $FIXTURE/pids.new $FIXTURE/pids
  wait`

async function familyPids(fixture: FixtureRunner): Promise<number[]> {
  return (await fileMade(fixture.folder, 'pids')).trim().split(' ').map(Number)
}

async function survivors(pids: number[]): Promise<number[]> {
  const alive = await Promise.all(pids.map(isAlive))
  return pids.filter((_, at) => alive[at])
}

test.each([
  { way: 'the result file', script: 'echo noise; echo \'{"a":[1]}\' > $JR_RESULT_FILE', result: { a: [1] } },
  { way: 'the last line of stdout', script: 'echo one; echo \'{"b":2}\'; echo', result: { b: 2 } },
  { way: 'the tail of stdout', script: 'echo one; echo two', result: 'one\ntwo\n' },
  { way: 'nothing at all', script: ':', result: null },
  { way: 'an empty result file, then stdout', script: ': > $JR_RESULT_FILE; echo 7', result: 7 },
])('the result is taken from $way', async ({ script, result }) => {
  const row = await runOne(await fixtureRunner(script))
  expect(row).toMatchObject({ status: 'completed', result })
})

test('progress lines go to the queue and not into the result', async () => {
  const fixture = await fixtureRunner('echo ::progress 40 half way; echo done')
  const row = await runOne(fixture)
  expect(row.result).toBe('done\n')
  expect(row.progress).toEqual([[40, 'half way']])
  expect(fixture.log.stdout.join('')).toBe('#1 done\n')
})

test.each([
  { exit: 'exit 75', status: 'retry', error: 'asked: exit code 75: not now' },
  { exit: 'exit 65', status: 'failed', error: 'final: exit code 65: not now' },
  { exit: 'exit 3', status: 'retry', error: 'attempt: exit code 3: not now' },
  { exit: 'kill -9 $$', status: 'retry', error: 'attempt: killed by SIGKILL: not now' },
])('$exit makes it $status', async ({ exit, status, error }) => {
  const row = await runOne(await fixtureRunner(`echo not now >&2; ${exit}`))
  expect(row).toMatchObject({ status, error })
})

test.each([
  { what: 'is no JSON', script: 'echo "{" > $JR_RESULT_FILE', error: /JR_RESULT_FILE not JSON/ },
  { what: 'is a link', script: 'ln -s /etc/hostname $JR_RESULT_FILE', error: /cannot be opened \(ELOOP\)/ },
  { what: 'is a FIFO', script: 'mkfifo $JR_RESULT_FILE', error: /not a regular file/ },
  {
    what: 'is too large',
    script: 'head -c 1048577 /dev/zero > $JR_RESULT_FILE',
    error: /1048577 bytes, over the limit of 1048576/,
  },
])('a result file that $what fails the attempt', async ({ script, error }) => {
  const row = await runOne(await fixtureRunner(script))
  expect(row.status).toBe('retry')
  expect(row.error).toMatch(error)
})

test('the command gets the task on stdin, its own variables, and no secret of the queue', async () => {
  const fixture = await fixtureRunner(
    'cat > $FIXTURE/task; env -0 > $FIXTURE/env; stat -c %a $(dirname $JR_RESULT_FILE)',
  )
  Object.assign(fixture.options.env, {
    DATABASE_URL: 'postgres://secret',
    PGPASSWORD: 'secret',
    CHEROKEE_DB_PASS: 'secret',
    JRCTL_QUEUE_URL: 'secret',
    NOTIFY_SOCKET: 'secret',
    JRCTL_SOCKET: '/run/jrctl.sock',
  })
  const row = await runOne(fixture)
  const task = JSON.parse(readFileSync(join(fixture.folder, 'task'), 'utf8')) as unknown
  expect(task).toMatchObject({
    id: 1,
    title: 'read me',
    attempt: 1,
    assigned_jr: null,
    created_at: '1970-01-01T00:00:00.000Z',
  })
  const variables = Object.fromEntries(
    readFileSync(join(fixture.folder, 'env'), 'utf8')
      .split('\0')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  ) as Record<string, string>
  expect(variables).toMatchObject({
    JR_NAME: 'Research Jr.',
    JR_TASK_ID: '1',
    JR_TASK_ATTEMPT: '1',
    JR_TASK_TITLE: 'read me',
    JR_ORCHESTRATED: '1',
    JRCTL_SOCKET: '/run/jrctl.sock',
  })
  expect(JSON.stringify(variables)).not.toContain('secret')
  const hash = createHash('sha256')
    .update(variables['JRCTL_ATTEMPT_KEY'] ?? '')
    .digest('hex')
  expect(fixture.queue.claims[0]?.keyHashes).toEqual([hash])
  expect(row.result).toBe(700)
})

/** As the fixture's policy has it. */
const stopGraceMs = 4000

test.each([
  ['taken away is gone within a second', 'foreign', 0, 1000],
  ['cancelled has its grace first', 'cancelled', stopGraceMs * 0.9, stopGraceMs * 3],
] as const)(
  'the whole tree of a task %s, and nothing is written for it',
  async (_, reason, afterMs, beforeMs) => {
    const fixture = await fixtureRunner(family)
    const id = fixture.queue.add()
    await fixture.runner.start()
    const pids = await familyPids(fixture)
    expect(await survivors(pids)).toEqual(pids)

    const askedAt = performance.now()
    fixture.queue.take(id, reason)
    fixture.queue.notifier.notify({ kind: 'ended', taskId: id })
    // The freed slot claims again: by then the tree must be gone.
    const claimed = fixture.queue.claims.length
    await fixture.queue.until(() => fixture.queue.claims.length > claimed)
    const tookMs = performance.now() - askedAt
    expect(tookMs).toBeGreaterThan(afterMs)
    expect(tookMs).toBeLessThan(beforeMs)
    expect(await survivors(pids)).toEqual([])
    expect(fixture.runner.stats()).toMatchObject({ lost: 1, working: [] })
    expect(fixture.queue.row(id)).toMatchObject({
      status: 'cancelled',
      released: [],
      result: null,
      error: null,
    })
  },
)

test('a lease lost without notice is found by the renewal', async () => {
  const policy = {
    pollIntervalMs: 30_000,
    claimBatch: 100,
    leaseMs: 600,
    renewIntervalMs: 50,
    finishMs: 1000,
    stopGraceMs: 2000,
  }
  const fixture = await fixtureRunner('echo > $FIXTURE/begun; exec sleep 300', { policy })
  const id = fixture.queue.add()
  await fixture.runner.start()
  await fileMade(fixture.folder, 'begun')
  fixture.queue.take(id, 'expired')
  await fixture.queue.until(() => fixture.runner.stats().lost === 1)
  expect(fixture.runner.stats().working).toEqual([])
})

test('an ending that speaks of an earlier attempt does not end this one', async () => {
  const fixture = await fixtureRunner(
    'echo > $FIXTURE/begun; while [ ! -e $FIXTURE/go ]; do sleep 0.01; done; echo 1',
  )
  const id = fixture.queue.add()
  await fixture.runner.start()
  await fileMade(fixture.folder, 'begun')
  fixture.queue.notifier.notify({ kind: 'ended', taskId: id })
  await fixture.queue.until(() => fixture.queue.calls.some(({ name }) => name === 'renew'))
  writeFileSync(join(fixture.folder, 'go'), '')
  await fixture.queue.until(() => fixture.runner.stats().completed === 1)
  expect(fixture.queue.row(id).status).toBe('completed')
  expect(fixture.runner.stats().lost).toBe(0)
})

test('a stop lets a command finish that does so in time', async () => {
  const fixture = await fixtureRunner('echo > $FIXTURE/begun; sleep 0.2; echo 1')
  const id = fixture.queue.add()
  fixture.queue.add()
  await fixture.runner.start()
  await fileMade(fixture.folder, 'begun')
  await fixture.runner.stop('SIGTERM')
  expect(fixture.queue.row(id)).toMatchObject({ status: 'completed', result: 1 })
  expect(fixture.runner.stats()).toMatchObject({ completed: 1, released: 0 })
  expect(fixture.queue.retired).toEqual(['i-1'])
})

test('a stop ends a command that does not finish, and gives its task back', async () => {
  const policy = {
    pollIntervalMs: 30_000,
    claimBatch: 100,
    leaseMs: 60_000,
    renewIntervalMs: 15_000,
    finishMs: 250,
    stopGraceMs: 500,
  }
  const fixture = await fixtureRunner(family, { policy })
  const id = fixture.queue.add()
  await fixture.runner.start()
  const pids = await familyPids(fixture)
  await fixture.runner.stop('SIGTERM')
  expect(await survivors(pids)).toEqual([])
  expect(fixture.queue.row(id)).toMatchObject({
    status: 'pending',
    lease: null,
    released: ['the worker stopped (SIGTERM)'],
  })
  expect(readdirSync(fixture.folder).filter((name) => name.startsWith('jrctl-work-'))).toEqual([])
})

test('what a command leaves running ends with it', async () => {
  const fixture = await fixtureRunner(`${family.replace('wait', '')}\necho 5`)
  const row = await runOne(fixture)
  expect(row).toMatchObject({ status: 'completed', result: 5 })
  expect(await survivors(await familyPids(fixture))).toEqual([])
})

test('a line without an end and binary garbage keep memory bounded and mark the cut', async () => {
  const fixture = await fixtureRunner('head -c 200000000 /dev/zero; head -c 100000 /dev/urandom >&2; exit 3')
  const before = process.memoryUsage.rss()
  const row = await runOne(fixture)
  expect(process.memoryUsage.rss() - before).toBeLessThan(150e6)
  const result = typeof row.result === 'string' ? row.result : ''
  expect(result).toMatch(/bytes cut\]/)
  expect(result).not.toContain('\0')
  expect(Buffer.byteLength(result)).toBeLessThan(1024 * 1024)
  expect(Buffer.byteLength(row.error ?? '')).toBeLessThanOrEqual(16 * 1024)
  expect(row.error?.replaceAll(/[\n\t]/g, '')).not.toMatch(/\p{Cc}/u)
})

test('a log that takes nothing holds no command up; the lines are counted', async () => {
  const stuck = new Writable({ highWaterMark: 1, write: () => {} })
  const fixture = await fixtureRunner("head -c 1000000 /dev/zero | tr '\\0' '\\n'; echo 1", {
    log: { stdout: stuck, stderr: stuck },
  })
  expect(await runOne(fixture)).toMatchObject({ status: 'completed', result: 1 })
  expect(fixture.runner.stats().droppedLogLines).toBeGreaterThan(500_000)
})

test('a program that is missing is said at the start, with nothing claimed', async () => {
  const fixture = await fixtureRunner('', { command: ['no-such-program-here'] })
  fixture.queue.add()
  await expect(fixture.runner.start()).rejects.toThrow(/no program "no-such-program-here" on PATH/)
  expect(fixture.queue.claims).toEqual([])
})

test('a program that vanishes costs no task an attempt, and the runner fails', async () => {
  const host = async () => ({ kind: 'missing', reason: 'no program "x" on PATH' }) as const
  const fixture = await fixtureRunner('', { host })
  const ids = [fixture.queue.add(), fixture.queue.add(), fixture.queue.add()]
  await fixture.runner.start()
  await expect(fixture.runner.failed).rejects.toThrow(OperationalError)
  await fixture.runner.stop('failed')
  for (const id of ids) expect(fixture.queue.row(id)).toMatchObject({ status: 'pending', lease: null })
})

test('slots run in parallel and never more than there are', async () => {
  const script = `
    mkdir $FIXTURE/at-$JR_TASK_ID
    while [ $(ls -d $FIXTURE/at-* | wc -l) -lt 3 ]; do sleep 0.01; done
    ls -d $FIXTURE/at-* $FIXTURE/off-* 2>/dev/null | sed 's/.*-//' | sort | uniq -u | wc -l
    mkdir $FIXTURE/off-$JR_TASK_ID`
  const fixture = await fixtureRunner(script, { slots: 3 })
  const ids = Array.from({ length: 9 }, () => fixture.queue.add())
  await fixture.runner.start()
  await fixture.queue.until(() => ids.every((id) => fixture.queue.row(id).status === 'completed'))
  // The first three wait for one another: without three at a time nothing would end.
  for (const id of ids) expect(fixture.queue.row(id).result).toBeLessThanOrEqual(3)
  expect(Math.max(...fixture.queue.beats.map((beat) => beat.load))).toBeLessThanOrEqual(3)
})

test('a result waits for an absent database and is stored when it is back', async () => {
  const fixture = await fixtureRunner(
    'echo > $FIXTURE/begun; while [ ! -e $FIXTURE/go ]; do sleep 0.01; done; echo 9',
  )
  const id = fixture.queue.add()
  await fixture.runner.start()
  await fileMade(fixture.folder, 'begun')
  fixture.queue.setDown(true)
  writeFileSync(join(fixture.folder, 'go'), '')
  await fixture.queue.until(() => fixture.queue.calls.filter(({ name }) => name === 'complete').length >= 2)
  expect(fixture.runner.stats()).toMatchObject({ databaseDown: true, completed: 0 })
  fixture.queue.setDown(false)
  await fixture.queue.until(() => fixture.queue.row(id).status === 'completed')
  expect(fixture.queue.row(id).result).toBe(9)
})

test('a result that the queue will never take fails the attempt with the reason', async () => {
  const fixture = await fixtureRunner('echo 1')
  fixture.queue.refuseComplete(new OperationalError('no room', { code: 'db.failed', retryable: false }))
  const row = await runOne(fixture)
  expect(row).toMatchObject({ status: 'retry', error: 'attempt: the result could not be stored: no room' })
})

test('starts while the database is away, and claims once it is back', async () => {
  const fixture = await fixtureRunner('echo 1')
  const id = fixture.queue.add()
  fixture.queue.setDown(true)
  await fixture.runner.start()
  await fixture.queue.until(() => fixture.queue.calls.some(({ name }) => name === 'makeReady'))
  fixture.queue.setDown(false)
  await fixture.queue.until(() => fixture.queue.row(id).status === 'completed')
})

test('a notice wakes it for its own Jr only, and a due retry by its time', async () => {
  const fixture = await fixtureRunner('echo 1', { acceptUnassigned: false })
  await fixture.runner.start()
  await fixture.queue.until(() => fixture.queue.claims.length === 1)
  fixture.queue.notifier.notify({ kind: 'work', jrName: jrName('Somebody Else Jr.') })
  fixture.queue.notifier.notify({ kind: 'work', jrName: null })
  expect(fixture.queue.claims.length).toBe(1)
  fixture.queue.nextDueMs = 10
  const id = fixture.queue.add()
  fixture.queue.notifier.notify({ kind: 'work', jrName: jrName('Research Jr.') })
  await fixture.queue.until(() => fixture.queue.row(id).status === 'completed')

  const looks = (): number => fixture.queue.calls.filter(({ name }) => name === 'makeReady').length
  const before = looks()
  fixture.queue.notifier.notify({ kind: 'connected' })
  // One look for the notice, one for the time that it learnt.
  await fixture.queue.until(() => looks() >= before + 2)
})

test('the folder for results is private and gone after a stop', async () => {
  const fixture = await fixtureRunner('echo 1')
  await runOne(fixture)
  const folder = readdirSync(fixture.folder).find((name) => name.startsWith('jrctl-work-')) ?? ''
  expect(statSync(join(fixture.folder, folder)).mode & 0o777).toBe(0o700)
  await fixture.runner.stop('test')
  expect(existsSync(join(fixture.folder, folder))).toBe(false)
})

test('a row that cannot be handed to a command fails its attempt, instead of coming first for ever', async () => {
  const fixture = await fixtureRunner('cat > /dev/null')
  const odd = fixture.queue.add({ createdAt: Number.NaN })
  const next = fixture.queue.add({ title: 'behind it' })
  await fixture.runner.start()
  await fixture.queue.until(() => fixture.queue.row(next).status === 'completed')
  expect(fixture.queue.row(odd)).toMatchObject({
    released: [],
    error: expect.stringContaining('could not be prepared') as string,
  })
})

test('a claim whose answer was lost is made good: before the next one, or at the stop', async () => {
  const lost = new OperationalError('no answer', { code: 'db.timeout', retryable: true })
  const fixture = await fixtureRunner('echo 1')
  const { queue, runner } = fixture
  const id = queue.add()
  queue.loseClaimAnswer(lost)
  await runner.start()
  await queue.until(() => queue.row(id).status === 'completed')
  const last = queue.add()
  queue.loseClaimAnswer(lost)
  queue.notifier.notify({ kind: 'work', jrName: null })
  await queue.until(() => queue.row(last).status === 'in_progress')
  await runner.stop('SIGTERM')
  expect(queue.row(last)).toMatchObject({ status: 'pending', lease: null })
  expect(queue.unheld).toHaveLength(2)
  expect(queue.calls.at(-1)?.name).toBe('retire')
})
