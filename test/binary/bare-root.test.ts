import { readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { TaskDetailView, TaskListView } from '../../src/contract/outputs.ts'
import { type Place, type Running, jrctl, start, temporaryPlace } from '../support/jrctl.ts'
import { until } from '../acceptance/fleet.ts'

const root = inject('bareRoot')

describe.skipIf(root === '')('the bare root', () => {
  it('holds the executable, C and C++ libraries, a shell and accounts, and nothing else', async () => {
    const names = (await Promise.all(['bin', 'opt', 'etc', 'lib', 'lib64', 'usr'].map(filesOf))).flat()
    expect(names.filter((name) => !/^(lib|lib64|usr)\/.*\.so\.\d+$/.test(name))).toEqual([
      'bin/sh',
      'opt/jrctl',
      'etc/passwd',
    ])
    expect(names.length).toBeLessThanOrEqual(13)
  })
})

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
}

describe('one executable alone', () => {
  let place: Place
  let demo: Running
  beforeAll(async () => {
    const dir = await temporaryPlace()
    place = { ...dir, env: { ...dir.env, XDG_CACHE_HOME: join(dir.dir, 'cache') } }
  })
  afterAll(() => place.remove())

  const json = async <T>(...args: string[]): Promise<T> => {
    const { code, stdout, stderr } = await jrctl(place, [...args, '--json'])
    if (code !== 0) throw new Error(`jrctl ${args.join(' ')} ended with ${code}: ${stderr}`)
    return JSON.parse(stdout) as T
  }

  it.each<[string[], number]>([
    [['--version'], 0],
    [['--help'], 0],
    [['status'], 69],
    [['tasks', 'list'], 69],
    [['nonsense'], 2],
  ])('answers %j with %i and unpacks nothing for it', async (args, code) => {
    expect(await jrctl(place, args)).toMatchObject({ code })
    await expect(readdir(join(place.dir, 'cache'))).rejects.toThrow('ENOENT')
  })

  it('brings up a demo, database and all, which does its first task', async () => {
    demo = start(place, ['demo'])
    await demo.said(/sample tasks were added/)
    const tasks = () => json<TaskListView>('tasks', 'list', '--limit', '1000')
    await until(tasks, ({ tasks: all }) => all.some(({ status }) => status === 'completed'))
    const unpacked = await readdir(join(place.dir, 'cache/jrctl/parcels'))
    expect(new Set(unpacked.map((name) => name.split('-')[0]))).toEqual(
      new Set(['postgres', 'samples', 'sqlite']),
    )
    expect(unpacked).toHaveLength(3)
  })

  it.each([
    'status',
    'top --once',
    'tasks list --limit 1000',
    'why 1',
    'workers list',
    'ledger --limit 3',
    'ledger verify',
    'dlq list',
    'orchestrator status',
    'rules list',
    'metrics',
    'doctor',
    'config check',
  ])('answers jrctl %s', async (line) => {
    const { code, stderr } = await jrctl(place, line.split(' '))
    // What is no complaint of ours may be a remark; on a busy machine there is one on how long it takes.
    expect(stderr).not.toMatch(/^jrctl: (?!the daemon on \S+ has not answered yet)|warning|error/im)
    expect(code).toBe(0)
  })

  it('judges its health, without a program of the machine to ask', async () => {
    // How it is depends on how busy this machine is.
    expect((await jrctl(place, ['health-check'])).stdout).toMatch(/^JRCTL (OK|WARNING)/)
  })

  it('runs as itself: each of its workers is the same file', async () => {
    const { workers } = await json<{ workers: { pid: number | null }[] }>('status')
    const programs = await Promise.all(
      workers.flatMap(({ pid }) => (pid === null ? [] : [readlink(`/proc/${pid}/exe`)])),
    )
    expect(programs.length).toBeGreaterThan(0)
    for (const program of programs) expect(program).toMatch(/\/jrctl$/)
  })

  it('does a task of one’s own, and ends clean', async () => {
    const { ids } = await json<{ ids: number[] }>('tasks', 'add', 'Say hello', '--assign', 'Research Jr.')
    await json('urgent', String(ids[0]))
    const read = () => json<TaskDetailView>('tasks', 'show', String(ids[0]))
    // The sample Jr finds no work that it knows in it, and says so.
    await until(read, ({ task }) => task.status === 'failed')
    demo.child.kill('SIGTERM')
    expect(await demo.exited).toBe(0)
    expect(demo.stderr()).toMatch(/forced: none/)
  })
})
