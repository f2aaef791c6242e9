import { execFile } from 'node:child_process'
import { chmod, chown, readlink, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { canRun, namespaceAccount, nobodyAccount } from '../../../src/adapters/embedded-postgres/account.ts'
import { locateBinaries } from '../../../src/adapters/embedded-postgres/binaries.ts'
import { query, scratch, scratchDir, scratchWithDatabase, untilGone } from './scratch.ts'

const isRoot = process.geteuid?.() === 0
const { postgres } = await locateBinaries()
const namespaces = isRoot && (await canRun(namespaceAccount, postgres)) === null

describe.runIf(isRoot)('root borrows another name', () => {
  test.runIf(namespaces)('in a user namespace: the files stay ours', async () => {
    const server = await scratchWithDatabase()
    const { pid, url } = await server.start()
    const data = join(server.stateDir, 'postgres', 'data')
    expect((await stat(join(data, 'PG_VERSION'))).uid).toBe(0)
    expect(await readlink(`/proc/${pid}/ns/user`)).not.toBe(await readlink('/proc/self/ns/user'))
    expect(await query(url.reveal(), 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  test('as nobody: the data are where nobody may go, and belong to it from then on', async () => {
    const shared = await scratchDir()
    await chmod(shared, 0o755)
    const server = await scratch({ asNobody: true, sharedDirs: [shared] })
    const first = await server.start()
    await query(first.url.reveal(), 'CREATE TABLE kept AS SELECT 42 AS n')
    const home = await readlink(join(server.stateDir, 'postgres', 'data'))
    expect(home.startsWith(shared)).toBe(true)
    const nobody = await nobodyAccount()
    expect(await stat(home)).toMatchObject({ uid: nobody.kind === 'user' ? nobody.uid : -1 })
    expect(await stat(`/proc/${first.pid}`)).toMatchObject({ uid: nobody.kind === 'user' ? nobody.uid : -1 })
    expect(await server.stop()).toBe('clean')

    // The option is gone, the data decide.
    const again = await scratch({ stateDir: server.stateDir })
    const second = await again.start()
    expect(await stat(`/proc/${second.pid}`)).toMatchObject({ uid: nobody.kind === 'user' ? nobody.uid : -1 })
    expect(await query(second.socketUrl.reveal(), 'SELECT n FROM kept')).toEqual([{ n: 42 }])
    expect(await again.start()).toMatchObject({ adopted: true, pid: second.pid })
    process.kill(second.pid, 'SIGKILL')
    await untilGone(second.pid)
    expect(await again.start()).toMatchObject({ adopted: false, fresh: false })
    expect(await again.stop()).toBe('clean')
  })
})

/** An id that no account has, as containers are run under; null where it cannot reach the project's files. */
const nameless = { kind: 'user', uid: 54_321, gid: 54_321 } as const
const reaches = namespaces && (await canRun(nameless, process.execPath)) === null

test.runIf(reaches)('an id without a name gets one in a user namespace', async () => {
  const server = await scratch()
  await chown(server.stateDir, nameless.uid, nameless.gid)
  const starter = new URL('starter.ts', import.meta.url).pathname
  const { uid, gid } = nameless
  const { stdout } = await promisify(execFile)(process.execPath, [starter, server.stateDir], { uid, gid })
  const { pid } = JSON.parse(stdout) as { pid: number }
  expect(await stat(`/proc/${pid}`)).toMatchObject({ uid })
  // Root finds it, and ends it.
  expect(await server.status()).toMatchObject({ state: 'running', pid })
  expect(await server.stop()).toBe('clean')
})

test('nobody has the id that /etc/passwd gives it', async () => {
  expect(await nobodyAccount()).toMatchObject({ kind: 'user', uid: expect.any(Number) as number })
})
