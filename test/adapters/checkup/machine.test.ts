import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isClockSynchronised } from '../../../src/adapters/checkup/clock-sync.ts'
import { examineDisks } from '../../../src/adapters/checkup/disks.ts'
import { examineFiles } from '../../../src/adapters/checkup/files.ts'
import { examineLibraries } from '../../../src/adapters/checkup/libraries.ts'
import { examineLimits, examineMemory } from '../../../src/adapters/checkup/limits.ts'
import { findPortHolders } from '../../../src/adapters/checkup/ports.ts'
import { askAddress } from '../../../src/adapters/checkup/reach.ts'
import { examineServices } from '../../../src/adapters/checkup/services.ts'
import { examineStrangers } from '../../../src/adapters/checkup/strangers.ts'
import { systemClock } from '../../../src/adapters/clock.ts'

const clock = systemClock()

describe('a checkup of the machine', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'jrctl-checkup-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('sees who may get at a file, and which is not there', async () => {
    const path = join(folder, 'secret')
    await writeFile(path, 'x')
    await chmod(path, 0o640)
    const one = { what: 'it', kind: 'secret' } as const
    const [there, absent] = await examineFiles([
      { ...one, path },
      { ...one, path: join(folder, 'none') },
    ])
    expect(there?.found).toEqual({ uid: process.geteuid?.(), mode: 0o640, readable: true })
    expect(absent?.found).toBeNull()
  })

  it('sees each disk once, also of a folder that is not there yet', async () => {
    const disks = await examineDisks([
      { use: 'one', path: folder },
      { use: 'two', path: join(folder, 'a/b/c') },
      { use: 'the kernel', path: '/proc' },
    ])
    expect(disks.map(({ uses }) => uses)).toEqual([['one', 'two'], ['the kernel']])
    expect(disks[0]?.totalBytes).toBeGreaterThan(disks[0]?.freeBytes ?? 0)
  })

  it('sees limits and memory', async () => {
    const limits = await examineLimits(process.pid, 'shell')
    expect(limits).toMatchObject({ of: 'shell', threads: expect.any(Number) })
    expect(limits.openFiles).toBeGreaterThan(100)
    const { totalBytes } = await examineMemory(process.pid)
    expect(totalBytes).toBeGreaterThan(2 ** 28)
  })

  it('asks the kernel whether somebody keeps the clock', () => {
    expect([true, false, null]).toContain(isClockSynchronised())
  })

  it('finds what a program needs where there is one to run this test', async () => {
    const { glibc, missing } = await examineLibraries()
    expect(glibc).toMatch(/^2\.\d+$/)
    expect(missing).toEqual([])
  })

  it('sees a worker of an older fleet, and none that we have started', async () => {
    const path = join(folder, 'jr_queue_worker.sh')
    await writeFile(path, 'echo ready; read end\n')
    const start = (env: NodeJS.ProcessEnv) =>
      spawn('sh', [path, 'Research Jr.'], { env, stdio: ['pipe', 'pipe', 'inherit'] })
    const children = [start(process.env), start({ ...process.env, JR_ORCHESTRATED: '1' })]
    await Promise.all(children.map(({ stdout }) => once(stdout, 'data')))
    const pids = (await examineStrangers()).map(({ pid }) => pid)
    const ended = children.map((child) => once(child, 'exit'))
    for (const { stdin } of children) stdin.end()
    await Promise.all(ended)
    expect(pids).toContain(children[0]?.pid)
    expect(pids).not.toContain(children[1]?.pid)
  })

  it('answers of services on any machine', async () => {
    const facts = await examineServices({ env: process.env, uid: 0, accountName: null, timeoutMs: 5_000 })
    expect(facts.lingering).toBeNull()
    if (facts.version === null) expect(facts.units).toEqual([])
  })
})

describe('a checkup of the network', () => {
  let server: Server
  let port: number
  beforeEach(async () => {
    server = createServer((request, response) => {
      if (request.url === '/silent') return
      response.statusCode = request.headers['x-api-key'] === 'right' ? 200 : 401
      response.end()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  })
  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  it('sees who holds a port, and which is free', async () => {
    const holders = await findPortHolders([port, 1])
    expect(holders.get(port)).toMatchObject({ pid: process.pid })
    expect(holders.has(1)).toBe(false)
  })

  const ask = (path: string, headers: Record<string, string> = {}, timeoutMs = 5_000) =>
    askAddress(new URL(path, `http://127.0.0.1:${port}`), { headers, timeoutMs, clock })

  it('asks with a key and reads no more than the status', async () => {
    expect(await ask('/v1/models', { 'x-api-key': 'right' })).toMatchObject({ kind: 'answered', status: 200 })
    expect(await ask('/v1/models')).toMatchObject({ kind: 'answered', status: 401 })
  })

  it('waits no longer than it may, and says who does not answer', async () => {
    expect(await ask('/silent', {}, 50)).toEqual({ kind: 'failed', why: 'no answer within 0.05 s' })
    const nobody = new URL('http://127.0.0.1:1/')
    expect(await askAddress(nobody, { headers: {}, timeoutMs: 5_000, clock })).toMatchObject({
      kind: 'failed',
      why: expect.stringContaining('ECONNREFUSED'),
    })
  })
})
