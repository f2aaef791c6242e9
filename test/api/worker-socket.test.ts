import { chmod, lstat, mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { get, post, raw } from './raw.ts'
import { allDoors, portOf, serve, token, type Served } from './served.ts'
import { fakeServices } from './daemon-services.ts'

let served: Served
let door: string
beforeEach(async () => {
  served = await serve({}, fakeServices(), allDoors())
  door = join(served.folder, 'workers/w.sock')
})
afterEach(() => served.stop())

/** The key of an attempt at work. */
async function claimed(): Promise<string> {
  await served.client.call('addTasks', { tasks: [{ title: 'work', assignedJr: 'a_jr' }] })
  const { attempts } = await served.client.call('claimAttempts', { jr: 'a_jr' })
  return attempts[0]?.key ?? ''
}
const keyed = (key: string) => [`Authorization: Bearer ${key}`]

describe('the socket for workers', () => {
  it('lets others in, and look at nothing', async () => {
    expect((await lstat(door)).mode & 0o777).toBe(0o666)
    expect((await lstat(join(door, '..'))).mode & 0o777).toBe(0o711)
    expect(served.server.view().workerSocket).toBe(door)
  })

  it.each([
    get('/v1/status'),
    get('/v1/tasks'),
    get('/v1/ledger'),
    get('/v1/metrics'),
    get('/v1/events'),
    get('/healthz'),
    post('/v1/tasks', '{"tasks":[{"title":"x"}]}'),
    post('/v1/attempts/claim', '{"jr":"a_jr"}'),
    post('/v1/shutdown', '{}'),
    post('/v1/reload', '{}'),
  ])('has nothing for them but what is workers’, whatever they show: %s', async (request) => {
    const key = await claimed()
    for (const shown of [[], keyed(key), keyed(token)]) {
      const answer = await raw(
        door,
        request.replace('\r\n', `\r\n${shown.map((line) => `${line}\r\n`).join('')}`),
      )
      expect(answer.status).toBe(403)
      expect(answer.text).toContain('door.not_for_workers')
    }
    expect(served.services.asked).toEqual([])
  })

  it('takes progress and capacity of who shows its key', async () => {
    const key = await claimed()
    expect((await raw(door, post('/v1/attempts/progress', '{"percent":40}', keyed(key)))).status).toBe(200)
    const { tasks } = await served.client.call('listTasks', {})
    expect(tasks[0]?.progressPercent).toBe(40)
    const acquired = await raw(door, post('/v1/capacity/acquire', '{}', keyed(key)))
    const grant = /"grant":"([^"]+)"/.exec(acquired.text)?.[1] ?? ''
    expect(grant).not.toBe('')
    const settle = (headers: string[]) =>
      raw(door, post('/v1/capacity/settle', JSON.stringify({ grant, used: 1 }), headers))
    expect((await settle([])).status).toBe(401)
    expect((await settle(keyed('f'.repeat(64)))).status).toBe(401)
    expect((await settle(keyed(key))).status).toBe(200)
  })

  it('takes nothing of who shows none, or another', async () => {
    for (const headers of [[], keyed('f'.repeat(64)), keyed(token), keyed('no key at all')]) {
      for (const path of [
        '/v1/attempts/progress',
        '/v1/attempts/complete',
        '/v1/capacity/acquire',
        '/v1/bus/publish',
      ]) {
        const body = path.endsWith('acquire')
          ? '{"task_id":1}'
          : path.endsWith('publish')
            ? '{"topic":"a"}'
            : '{"percent":1}'
        expect((await raw(door, post(path, body, headers))).status).toBeGreaterThanOrEqual(400)
      }
    }
  })

  it('has its routes over TCP too, without the token', async () => {
    const key = await claimed()
    const over = (path: string, body: string, shown: string) =>
      raw(portOf(served), post(path, body, keyed(shown)).replace('Host: x', 'Host: localhost'))
    expect((await over('/v1/attempts/progress', '{"percent":41}', key)).status).toBe(200)
    expect((await over('/v1/reload', '{}', key)).status).toBe(403)
    expect((await over('/v1/attempts/progress', '{"percent":41}', 'f'.repeat(64))).status).toBe(401)
    // The token is no attempt's key.
    expect((await over('/v1/attempts/progress', '{"percent":41}', token)).status).toBe(401)
  })
})

describe('its folder', () => {
  const opened = async (prepare: (folder: string) => Promise<unknown>) => {
    const other = await serve({}, fakeServices(), (folder) => {
      ready = prepare(join(folder, 'workers'))
      return allDoors()(folder)
    })
    await ready
    const view = other.server.view()
    const complaints = other.server.complaints()
    await other.stop()
    return { view, complaints }
  }
  let ready: Promise<unknown>

  it.each<[string, (folder: string) => Promise<unknown>]>([
    [
      'others may write there',
      async (folder) => {
        await mkdir(folder)
        await chmod(folder, 0o777)
      },
    ],
    ['it is a link', (folder) => symlink('/tmp', folder)],
  ])('is not used when %s, and the daemon goes on', async (_, prepare) => {
    const { view, complaints } = await opened(prepare)
    expect(view.workerSocket).toBeNull()
    expect(complaints.join()).toContain('cannot be used: it is not ours, or others may write there')
  })
})
