import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  afterwards,
  isThere,
  query,
  type Scratch,
  scratchDir,
  scratchWithDatabase,
  untilGone,
} from './scratch.ts'

/** Kills the server so that its files stay, and gives its pid to another process, as after a reboot. */
async function reusePid(server: Scratch, pid: number): Promise<void> {
  const dataDir = join(server.stateDir, 'postgres', 'data')
  const file = join(dataDir, 'postmaster.pid')
  const before = await server.start()
  process.kill(before.pid, 'SIGKILL')
  await untilGone(before.pid)
  const lines = (await readFile(file, 'utf8')).split('\n')
  await writeFile(file, [String(pid), ...lines.slice(1)].join('\n'))
  const lock = join(server.stateDir, 'postgres', 'socket', `.s.PGSQL.${before.port}.lock`)
  await writeFile(lock, [String(pid), ...lines.slice(1, 5)].join('\n'))
}

async function bystander(program: string, cwd: string): Promise<ChildProcess & { pid: number }> {
  const child = spawn(program, ['60'], { cwd, stdio: 'ignore' })
  await once(child, 'spawn')
  afterwards(async () => void child.kill('SIGKILL'))
  return child as ChildProcess & { pid: number }
}

test.each(['sleep', 'postgres'])(
  'a foreign live %s under the old pid is never taken for ours',
  async (name) => {
    const dir = await scratchDir()
    const program = join(dir, name)
    await copyFile('/bin/sleep', program)
    const server = await scratchWithDatabase()
    const other = await bystander(program, dir)
    await reusePid(server, other.pid)

    expect((await server.status()).state).toBe('stopped')
    expect(await server.stop()).toBe('absent')
    const started = await server.start()
    expect(started).toMatchObject({ adopted: false, fresh: false })
    expect(await query(started.url.reveal(), 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    expect(await server.stop()).toBe('clean')
    expect(isThere(other.pid)).toBe(true)
    expect(other.exitCode ?? other.signalCode).toBeNull()
  },
)

test('a process that merely stands in the data folder is not the server', async () => {
  const server = await scratchWithDatabase()
  const first = await server.start()
  await server.stop()
  const other = await bystander('sleep', join(server.stateDir, 'postgres', 'data'))
  await reusePid(server, other.pid)
  expect((await server.start()).port).toBe(first.port)
  expect(isThere(other.pid)).toBe(true)
})
