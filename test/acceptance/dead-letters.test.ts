import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DeadLetterListView, DeadLetterView, TaskDetailView } from '../../src/contract/outputs.ts'
import { type TestFleet, scripted, startFleet, until } from './fleet.ts'

/** Spec §2 and §8: retry, dead letters, replay. */

/** Fails until a file forgives it. */
const luckless =
  'cat >/dev/null; if [ -e "forgive-$JR_TASK_ID" ]; then echo \'{"saved":true}\'; else echo "no luck today" >&2; exit 1; fi'

/** A session in another database of the same server: from within, nobody may close the door. */
async function neighbour({ database }: TestFleet) {
  const url = new URL(database.url)
  const name = url.pathname.slice(1)
  url.pathname = '/postgres'
  const client = new Client({ connectionString: url.href })
  await client.connect()
  return { name, query: (sql: string) => client.query(sql), end: () => client.end() }
}

describe('dead letters', () => {
  let fleet: TestFleet
  beforeAll(async () => {
    fleet = await startFleet(
      [
        scripted('luckless_jr', luckless, 'department = "science"'),
        scripted('final_jr', 'cat >/dev/null; echo "bad data" >&2; exit 65'),
        scripted('asking_jr', 'cat >/dev/null; [ "$JR_TASK_ATTEMPT" -ge 3 ] && exit 0; exit 75'),
        scripted('echo_jr', 'cat'),
        // Its program is not there: it may be claimed for by nobody.
        `[[workers]]\nname = "broken_jr"\ncommand = ["jrctl", "work", "broken_jr", "--no-unassigned", "--", "no-such-program-here"]`,
      ].join('\n'),
      '[queue]\nretry_initial = "20ms"\nretry_max = "50ms"\n[supervisor]\nbackoff_initial = "50ms"\nbackoff_max = "100ms"',
    )
  })
  afterAll(() => fleet.end())

  const add = async (...args: string[]) => {
    const { ids } = await fleet.json<{ ids: number[] }>('tasks', 'add', ...args)
    return ids[0] ?? 0
  }
  const show = (id: number) => fleet.json<TaskDetailView>('tasks', 'show', String(id))
  const inStatus = (id: number, status: string) =>
    until(
      () => show(id),
      ({ task }) => task.status === status,
    )
  const forgive = (id: number) => writeFile(join(fleet.place.dir, `forgive-${id}`), '')
  const listed = async (...args: string[]) =>
    (await fleet.json<DeadLetterListView>('dlq', 'list', ...args)).letters.map(({ taskId }) => taskId)

  it('a poison task dies after its attempts while the others flow', async () => {
    const poison = await add('Poison', '--assign', 'luckless_jr', '--description', 'drink me')
    const others = await Promise.all([1, 2, 3].map((n) => add(`Other ${n}`, '--assign', 'echo_jr')))
    for (const id of others) await inStatus(id, 'completed')
    const { task, attempts } = await inStatus(poison, 'failed')
    expect(task).toMatchObject({ attempts: 4, maxAttempts: 4, error: 'exit code 1: no luck today' })
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['retry', 'retry', 'retry', 'failed'])
    const { letter, attempts: tries } = await fleet.json<DeadLetterView>('dlq', 'show', String(poison))
    expect(letter).toMatchObject({ kind: 'task', state: 'dead', title: 'Poison', department: 'science' })
    expect(tries).toHaveLength(4)
    const { stdout } = await fleet.jrctl('dlq', 'show', String(poison))
    expect(stdout).toMatch(/no luck today[\s\S]*drink me[\s\S]*4\. luckless_jr on .*failed after/)
    expect(await listed('--jr', 'luckless_jr', '--search', 'LUCK', '--since', '1h')).toEqual([poison])
    expect(await listed('--search', 'nothing like it')).toEqual([])
  })

  it('exit 75 asks for another try, exit 65 for none', async () => {
    const asked = await inStatus(await add('Ask', '--assign', 'asking_jr'), 'completed')
    expect(asked.attempts.map(({ outcome }) => outcome)).toEqual(['retry', 'retry', 'completed'])
    const final = await inStatus(await add('Bad', '--assign', 'final_jr'), 'failed')
    expect(final.attempts.map(({ outcome }) => outcome)).toEqual(['failed'])
  })

  it('replays one: preview, replay, once; dies again, is listed again with its count', async () => {
    const id = await add('Again', '--assign', 'luckless_jr')
    await inStatus(id, 'failed')
    const preview = await fleet.jrctl('dlq', 'replay', String(id), '--dry-run')
    expect(preview.stdout).toMatch(/Again[\s\S]*1 dead letter would be replayed/)
    expect(preview.code).toBe(0)
    const { version } = (await show(id)).task
    const done = await fleet.jrctl('dlq', 'replay', String(id))
    expect(done.stdout).toBe('1 dead letter replayed.\n')
    expect(done.stderr).toContain(`jrctl tasks cancel ${id}`)
    await until(
      () => show(id),
      ({ task }) => task.status === 'failed' && task.version > version,
    )
    const { letter } = await fleet.json<DeadLetterView>('dlq', 'show', String(id))
    expect(letter).toMatchObject({ state: 'dead', replays: 1 })
    expect(letter.settledBy).toMatch(/^cli:.*self-declared/)
    await forgive(id)
    expect((await fleet.jrctl('dlq', 'replay', String(id))).code).toBe(0)
    await inStatus(id, 'completed')
    const late = await fleet.jrctl('dlq', 'replay', String(id))
    expect(late.code).toBe(0)
    expect(late.stdout).toMatch(/0 dead letters replayed, 1 had been replayed already/)
    expect(late.stderr).toMatch(new RegExp(`${id} was replayed already .* ago by cli:`))
    const report = await fleet.jrctl('tasks', 'show', String(id))
    expect(report.stdout).toMatch(/ {2}5\. .*counted as try 1[\s\S]* {2}9\. .*counted as try 1/)
  })

  it('tells of each id what became of it, with the exit code of what was not there', async () => {
    const dead = await add('Dead', '--assign', 'final_jr')
    await inStatus(dead, 'failed')
    const alive = await inStatus(await add('Alive', '--assign', 'echo_jr'), 'completed')
    const mixed = await fleet.jrctl('dlq', 'purge', '999999', String(alive.task.id), String(dead), '--yes')
    expect(mixed.code).toBe(3)
    expect(mixed.stdout).toMatch(/1 dead letter purged/)
    expect(mixed.stderr).toMatch(/no dead letter 999999[\s\S]*is completed, not dead/)
    expect((await fleet.jrctl('tasks', 'show', String(dead))).code).toBe(3)
    const gone = await fleet.jrctl('dlq', 'show', String(dead))
    expect(gone.stdout).toMatch(/purged[\s\S]*bad data/)
    const again = await fleet.jrctl('dlq', 'purge', String(dead), '--yes')
    expect(again.stdout).toMatch(/0 dead letters purged, 1 had been purged already/)
    expect(again.code).toBe(0)
  })

  it.each([
    [['replay'], /--all/],
    [['purge'], /--all/],
    [['purge', '--all'], /--yes/],
    [['replay', '1', '--all'], /not both/],
    [['show', 'x7'], /task id/],
    [['replay', '1', '--since', 'yore'], /not both|yore/],
  ])('refuses %j', async (args, message) => {
    const dead = await add('In the way', '--assign', 'final_jr')
    await inStatus(dead, 'failed')
    const ran = await fleet.jrctl('dlq', ...args)
    expect(ran.stderr).toMatch(message)
    expect(ran.code).toBe(2)
    expect((await show(dead)).task.status).toBe('failed')
  })

  it('a worker that cannot run its command costs no task an attempt', async () => {
    const id = await add('For the broken one', '--assign', 'broken_jr')
    const log = async () => (await fleet.jrctl('logs', 'broken_jr', '-n', '1000')).stdout
    // It has died and come back more often than a task has attempts.
    await until(log, (text) => (text.match(/no-such-program-here/g) ?? []).length > 8)
    const { task, attempts } = await show(id)
    expect(task).toMatchObject({ status: 'assigned', attempts: 0 })
    expect(attempts).toEqual([])
  })

  it('works without a daemon, straight on the queue, and the next daemon knows of it', async () => {
    const id = await add('Daemonless', '--assign', 'final_jr')
    await inStatus(id, 'failed')
    const place = fleet.place
    const { jrctl } = await import('../support/jrctl.ts')
    const config = join(place.dir, 'elsewhere.toml')
    await writeFile(config, 'state_dir = "elsewhere"\n')
    const alone = (...args: string[]) => jrctl(place, ['--config', config, ...args])
    const list = await alone('dlq', 'list', '--json')
    expect(list.stderr).toMatch(/No daemon answers/)
    const { letters } = JSON.parse(list.stdout) as DeadLetterListView
    expect(letters[0]).toMatchObject({ taskId: id, state: 'dead' })
    expect((await alone('dlq', 'show', '999999')).code).toBe(3)
    const replayed = await alone('dlq', 'replay', String(id))
    expect(replayed.stdout).toMatch(/1 dead letter replayed/)
    const { letter } = await until(
      () => fleet.json<DeadLetterView>('dlq', 'show', String(id)),
      (view) => view.letter.state === 'dead' && view.letter.replays === 1,
    )
    expect(letter.settledBy).toMatch(/self-declared/)
  })

  it('shows its own copy while the queue is away', async () => {
    const [known] = await listed('--kind', 'task', '--limit', '1')
    const outside = await neighbour(fleet)
    await outside.query(`alter database ${outside.name} with allow_connections false`)
    await fleet.sql.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    )
    try {
      const answer = await fleet.json<DeadLetterListView>('dlq', 'list', '--kind', 'task', '--limit', '1')
      expect(answer.copyBecause).not.toBeNull()
      expect(answer.letters).toMatchObject([{ taskId: known, state: 'dead' }])
      const shown = await fleet.jrctl('dlq', 'show', String(known))
      expect(shown.stdout).toMatch(/Dead task/)
      const refused = await fleet.jrctl('dlq', 'replay', String(known))
      expect(refused.code).toBe(69)
    } finally {
      await outside.query(`alter database ${outside.name} with allow_connections true`)
      await outside.end()
    }
  })
})
