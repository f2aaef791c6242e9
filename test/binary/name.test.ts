import { link, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TaskDetailView } from '../../src/contract/outputs.ts'
import type { StatusView } from '../../src/contract/views.ts'
import { until } from '../acceptance/fleet.ts'
import { migratedDatabase, type TestDatabase } from '../support/postgres.ts'
import { type Place, type Running, startProgram, temporaryPlace } from '../support/jrctl.ts'
import { executable } from './executable.ts'

const jr = 'Named Jr.'

describe('an executable of another name', () => {
  let place: Place
  let database: TestDatabase
  let program: string
  let daemon: Running
  beforeAll(async () => {
    database = await migratedDatabase()
    place = await temporaryPlace({ DATABASE_URL: database.url })
    program = join(place.dir, 'jrctl-0.1-linux')
    // Another disk takes no hard link, and a soft one would be followed to its real name.
    await link(executable, program).catch(() => symlink(executable, program))
    const command = ['jrctl', 'work', jr, '--stream', '--', 'sh', '-c', script]
    await writeFile(
      join(place.dir, 'jrctl.toml'),
      `state_dir = "state"\n[[workers]]\nname = "${jr}"\ncommand = ${JSON.stringify(command)}\n`,
    )
    daemon = startProgram(place, [program, 'daemon'])
    await daemon.said(/ runs, pid/)
  })
  afterAll(async () => {
    daemon.child.kill('SIGTERM')
    await daemon.exited
    await database.drop()
    await place.remove()
  })

  const json = async <T>(...args: string[]): Promise<T> => {
    const running = startProgram(place, [program, ...args, '--json'])
    if ((await running.exited) !== 0) throw new Error(running.stderr())
    return JSON.parse(running.stdout()) as T
  }

  it('is found as jrctl by the commands of its workers, streaming ones too', async () => {
    const { ids } = await json<{ ids: number[] }>('tasks', 'add', 'Tell your version', '--assign', jr)
    const { task } = await until(
      () => json<TaskDetailView>('tasks', 'show', String(ids[0])),
      (found) => found.task.status === 'completed',
    )
    expect(task.result).toMatchObject({ version: expect.stringMatching(/^\d+\.\d+/) })
  })

  it('gives the daemon and a streaming worker the memory that they make use of', async () => {
    const { workers, daemon: its } = await json<Pick<StatusView, 'workers' | 'daemon'>>('status')
    const started = (await readFile(`/proc/${its.pid}/cmdline`, 'utf8')).split('\0').filter(Boolean)
    expect(started).toEqual([program, '--node-options=--max-semi-space-size=8', 'daemon'])
    const [line] = await Promise.all(workers.map(({ pid }) => readFile(`/proc/${pid}/cmdline`, 'utf8')))
    expect(line?.split('\0').slice(0, 3)).toEqual([
      program,
      '--node-options=--max-semi-space-size=16',
      'work',
    ])
  })
})

/** For each task in, one result out: what `jrctl --version` says, found by its name alone. */
const script = `while read -r line; do
  attempt=\${line#*'"attempt":"'}
  attempt=\${attempt%%'"'*}
  printf '{"attempt":"%s","result":{"version":"%s"}}\\n' "$attempt" "$(jrctl --version)"
done`
