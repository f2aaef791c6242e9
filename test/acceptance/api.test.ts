import { chmod, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StatusView } from '../../src/contract/views.ts'
import { freePort } from '../support/free-port.ts'
import { type Place, jrctl } from '../support/jrctl.ts'
import { type TestFleet, scripted, startFleet, until } from './fleet.ts'

const isRoot = process.getuid?.() === 0

/** Spec §14: the API over TCP, and for workers of any account. */
describe('the API', () => {
  let fleet: TestFleet
  let url: string
  let token: string
  let workersFolder: string
  beforeAll(async () => {
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    // Beside the fleet's own folder, which nobody else may enter.
    workersFolder = `/tmp/jrctl-test-workers-${port}`
    // What its command says is its result.
    const reports = scripted('Other Jr.', otherScript, isRoot ? 'user = "nobody"\ncwd = "/tmp"' : '')
    fleet = await startFleet(
      reports,
      '[orchestrator]\nenabled = false\n[supervisor]\nbackoff_initial = "0s"',
      {
        JRCTL_API_LISTEN: `127.0.0.1:${port}`,
        JRCTL_API_WORKER_SOCKET: join(workersFolder, 'w.sock'),
      },
    )
    // Who has another account must be able to read its configuration.
    await chmod(fleet.place.dir, 0o755)
    token = (await readFile(join(fleet.place.dir, 'state/api-token'), 'utf8')).trim()
  })
  afterAll(async () => {
    await fleet.end()
    await rm(workersFolder, { recursive: true, force: true })
  })

  const elsewhere = (env: Record<string, string> = {}): Place => ({
    ...fleet.place,
    dir: '/',
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', NO_COLOR: '1', JRCTL_HOST: url, ...env },
  })
  const ask = (path: string, init: RequestInit = {}) => fetch(`${url}${path}`, init)

  it('keeps its token for its owner alone, and says where it is', async () => {
    expect((await stat(join(fleet.place.dir, 'state/api-token'))).mode & 0o777).toBe(0o600)
    const { api } = await fleet.json<StatusView>('status')
    expect(api).toMatchObject({ url, tokenFile: join(fleet.place.dir, 'state/api-token') })
    expect((await fleet.jrctl('status')).stdout).toContain(`API       ${url} · token in `)
    const log = await readFile(join(fleet.place.dir, 'state/logs/jr_orchestrator.log'), 'utf8')
    expect(log).not.toContain(token)
  })

  it('serves what dashboards of such fleets ask, as they ask it', async () => {
    expect(await (await ask('/orchestrator/status')).json()).toEqual({ status: 'ok', running: false })
    expect((await ask('/orchestrator/enable', { method: 'POST' })).status).toBe(401)
    const bearer = { method: 'POST', headers: { authorization: `Bearer ${token}` } }
    expect(await (await ask('/orchestrator/enable', bearer)).json()).toMatchObject({ status: 'ok' })
    expect(await (await ask('/orchestrator/status')).json()).toEqual({ status: 'ok', running: true })
    const metrics = (await (await ask('/metrics')).json()) as Record<string, unknown>
    expect(Object.keys(metrics)).toEqual(
      expect.arrayContaining(['system', 'agents', 'metrics', 'deadLetterQueue']),
    )
    const text = await (await ask('/metrics', { headers: { accept: 'text/plain' } })).text()
    expect(text).toContain('jrctl_cycle_passes_total{outcome="idle"}')
    expect((await ask('/readyz')).status).toBe(200)
    expect(((await (await ask('/openapi.json')).json()) as { openapi: string }).openapi).toBe('3.1.0')
  })

  it('is asked by commands from elsewhere, with its token', async () => {
    const status = await jrctl(elsewhere(), ['status', '--json'])
    expect(JSON.parse(status.stdout)).toMatchObject({ daemon: { phase: 'running' } })
    const refused = await jrctl(elsewhere(), ['tasks', 'add', 'x'])
    expect(refused).toMatchObject({ code: 2 })
    expect(refused.stderr).toContain('JRCTL_TOKEN')
    const added = await jrctl(elsewhere({ JRCTL_TOKEN: token }), ['tasks', 'add', 'from elsewhere', '--json'])
    expect(added.code).toBe(0)
    const wrong = await jrctl(elsewhere({ JRCTL_TOKEN: 'wrong' }), ['reload'])
    expect(wrong.stderr).toContain('This is not the API token')
    const here = await jrctl(elsewhere(), ['--host', url, 'doctor'])
    expect(here).toMatchObject({ code: 2 })
    const away = await jrctl(elsewhere(), ['--host', '127.0.0.1:1', 'why', '1'])
    expect(away).toMatchObject({ code: 69 })
    expect(away.stderr).toContain('No daemon answers on http://127.0.0.1:1')
  })

  it('takes the progress of a worker of another account by its key, and nothing else', async () => {
    const { ids } = await fleet.json<{ ids: number[] }>('tasks', 'add', 'other', '--assign', 'Other Jr.')
    const { task } = await until(
      () =>
        fleet.json<{ task: { status: string; result: Record<string, string> } }>(
          'tasks',
          'show',
          String(ids[0]),
        ),
      (view) => view.task.status === 'completed',
    )
    expect(task.result).toMatchObject({
      who: isRoot ? 'nobody' : expect.any(String),
      progress: '200',
      keyless: '401',
      status: isRoot ? '403' : '200',
    })
  })

  it('obeys another configuration at once: the token is read again, and the address is another', async () => {
    const tokenFile = join(fleet.place.dir, 'token')
    await writeFile(tokenFile, `${'n'.repeat(32)}\n`)
    const path = join(fleet.place.dir, 'jrctl.toml')
    const before = await readFile(path, 'utf8')
    await writeFile(path, `${before}\n[api]\ntoken_file = "token"\n`)
    expect((await fleet.jrctl('reload')).stdout).toContain('api')
    expect((await jrctl(elsewhere({ JRCTL_TOKEN: token }), ['reload'])).code).toBe(2)
    expect((await jrctl(elsewhere({ JRCTL_TOKEN: 'n'.repeat(32) }), ['reload'])).code).toBe(0)
    await writeFile(tokenFile, 'short')
    const refused = await fleet.jrctl('reload')
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain(`the API token is to be in the file ${tokenFile}`)
    await writeFile(path, before)
  })
})

/** Asks on its socket: with its key, without, and for what is not for workers. */
const otherScript = [
  'ask() { curl -s -o /dev/null -w "%{http_code}" --unix-socket "$JRCTL_SOCKET" "http://x$1" ${2:+-d "$2"} ${3:+-H "Authorization: Bearer $3"}; }',
  'progress=$(ask /v1/attempts/progress \'{"percent":40}\' "$JRCTL_ATTEMPT_KEY")',
  'keyless=$(ask /v1/attempts/progress \'{"percent":41}\')',
  'status=$(ask /v1/status)',
  'printf \'{"who":"%s","progress":"%s","keyless":"%s","status":"%s"}\\n\' "$(id -un)" $progress $keyless $status',
].join('; ')
