import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createWorkerUnits, scopeOf, standingsIn } from '../../../src/adapters/systemd/worker-units.ts'

const running = `Type=notify
Id=jr-queue-worker@a.service
LoadState=loaded
ActiveState=active
SubState=running
Result=success
MainPID=42
InvocationID=0123456789abcdef0123456789abcdef
NRestarts=3
MemoryCurrent=1048576
ExecMainStartTimestampMonotonic=5000000`

describe('what systemctl says of units', () => {
  it('is what is known of them', () => {
    expect(Object.fromEntries(standingsIn(running))).toEqual({
      'jr-queue-worker@a.service': {
        state: 'active',
        subState: 'running',
        result: 'success',
        pid: 42,
        instanceId: '0123456789abcdef0123456789abcdef',
        restarts: 3,
        memoryBytes: 1_048_576,
        startedMonotonicMs: 5_000,
      },
    })
  })

  it('leaves out what there is not, and what it does not know', () => {
    const down = running
      .replace('@a', '@b')
      .replace('MainPID=42', 'MainPID=0')
      .replace(/InvocationID=.*/, 'InvocationID=')
      .replace('=1048576', '=18446744073709551615')
    const missing = 'Id=jr-queue-worker@c.service\nLoadState=not-found\nActiveState=inactive'
    const found = standingsIn(`${down}\n\n${missing}\n`)
    expect([...found.keys()]).toEqual(['jr-queue-worker@b.service'])
    expect(found.get('jr-queue-worker@b.service')).toMatchObject({
      pid: null,
      instanceId: null,
      memoryBytes: null,
      startedMonotonicMs: null,
    })
  })
})

it.each([
  ['0::/system.slice/jr-orchestrator.service\n', 'system'],
  ['0::/user.slice/user-1000.slice/user@1000.service/app.slice/jr-orchestrator.service\n', 'user'],
  ['', 'system'],
])('%j is of the %s manager', (cgroup, scope) => {
  expect(scopeOf(cgroup)).toBe(scope)
})

describe('asking systemctl', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'jrctl-units-'))
  })
  afterEach(() => rm(dir, { recursive: true, force: true }))

  async function systemctl(script: string): Promise<ReturnType<typeof createWorkerUnits>> {
    await writeFile(join(dir, 'systemctl'), `#!/bin/sh\necho "$*" >> ${dir}/calls\n${script}\n`)
    await chmod(join(dir, 'systemctl'), 0o755)
    return createWorkerUnits({ PATH: `${dir}:/usr/bin:/bin` })
  }

  it('is one call for all of them', async () => {
    const units = await systemctl(`cat <<'X'\n${running}\nX`)
    expect((await units.look(['a.service', 'b.service']))?.size).toBe(1)
    expect((await readFile(join(dir, 'calls'), 'utf8')).trim()).toMatch(
      / show -p \S+ -- a\.service b\.service$/,
    )
  })

  it('is no call when there are none', async () => {
    expect((await createWorkerUnits({ PATH: dir }).look([]))?.size).toBe(0)
  })

  it('answers nothing where there is no systemd', async () => {
    expect(await (await systemctl('exit 1')).look(['a.service'])).toBeNull()
    expect(await createWorkerUnits({ PATH: '/nowhere' }).look(['a.service'])).toBeNull()
  })

  it('says how an operator does it, in words for a shell', () => {
    const units = createWorkerUnits({})
    expect(units.commandFor('restart', 'jr-queue-worker@a.service')).toMatch(
      / restart jr-queue-worker@a\.service$/,
    )
    expect(units.commandFor('enable --now', 'jr-queue-worker@a\\x20b.service')).toMatch(
      / enable --now 'jr-queue-worker@a\\x20b\.service'$/,
    )
  })
})
