import { lstat, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/adapters/clock.ts'
import { createApiServer } from '../../src/api/server.ts'
import { BugError } from '../../src/errors.ts'
import { fakeLogger } from '../fakes/logger.ts'
import { fakeServices } from './daemon-services.ts'
import { serve } from './served.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jrctl-life-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const server = (socketPath: string) =>
  createApiServer({ services: fakeServices(), socketPath, clock: systemClock(), logger: fakeLogger() })

describe('the socket', () => {
  it('is its owner’s alone, whatever the umask, which stays', async () => {
    const umask = process.umask(0)
    try {
      const api = server(join(folder, 's'))
      await api.start()
      expect((await lstat(join(folder, 's'))).mode & 0o777).toBe(0o600)
      expect(process.umask()).toBe(0)
      await api.stop()
    } finally {
      process.umask(umask)
    }
  })

  it('is gone after the stop, which may be asked for twice', async () => {
    const api = server(join(folder, 's'))
    await api.start()
    await Promise.all([api.stop(), api.stop()])
    await api.stop()
    await expect(lstat(join(folder, 's'))).rejects.toThrow('ENOENT')
  })

  it('replaces one that nobody answers on', async () => {
    const path = join(folder, 's')
    // A process that dies without closing leaves its socket behind.
    const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
    spawnSync(process.execPath, ['-e', script])
    expect((await lstat(path)).isSocket()).toBe(true)
    const api = server(path)
    await api.start()
    await api.stop()
  })

  it('leaves one alone on which somebody answers', async () => {
    const path = join(folder, 's')
    const other = createServer((socket) => socket.destroy())
    await new Promise<void>((resolve) => void other.listen(path, resolve))
    await expect(server(path).start()).rejects.toThrow(`Another daemon already answers on ${path}`)
    expect((await lstat(path)).isSocket()).toBe(true)
    await new Promise((resolve) => other.close(resolve))
  })

  it('never removes a file that is no socket', async () => {
    const path = join(folder, 's')
    await writeFile(path, 'precious')
    await expect(server(path).start()).rejects.toThrow('it is not a socket')
    expect((await lstat(path)).size).toBe('precious'.length)
  })

  it('says what is wrong with its place', async () => {
    await expect(server(join(folder, 'no', 's')).start()).rejects.toThrow('Cannot listen on')
    await expect(server(join(folder, 'x'.repeat(108))).start()).rejects.toThrow('at most 107 work')
  })
})

describe('what goes wrong inside', () => {
  it('is a 500 for who asked, whole in the log, and the daemon goes on', async () => {
    const services = fakeServices()
    services.workers = () => {
      throw new BugError('a promise was broken')
    }
    const served = await serve({}, services)
    await expect(served.client.call('listWorkers', {})).rejects.toMatchObject({ code: 'daemon.bug' })
    expect(served.logger.lines[0]).toMatchObject({
      level: 'error',
      fields: { error: 'a promise was broken' },
    })
    expect(await served.client.call('health', {})).toMatchObject({ ok: true })
    await served.stop()
  })

  it('is a 504 when a service never answers', async () => {
    const services = fakeServices()
    services.status = () => new Promise(() => {})
    const served = await serve({ answerTimeoutMs: 50 }, services)
    await expect(served.client.call('status', {})).rejects.toMatchObject({ code: 'daemon.slow' })
    await served.stop()
  })
})
