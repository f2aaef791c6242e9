import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Check } from '../../src/cli/doctor/check.ts'
import type { Ran } from '../support/jrctl.ts'
import {
  type SystemdMachine,
  bootMachine,
  describeOnMachine,
  machineJrctl,
} from '../support/systemd-machine.ts'

const config = `[queue]
embedded = true
[shutdown]
finish_grace = "1s"
[[workers]]
name = "Own Jr."
command = ["jrctl", "work", "Own Jr.", "--no-unassigned", "--", "sh", "-c", "id -un"]
`

describeOnMachine("units of an account's own", () => {
  let machine: SystemdMachine

  beforeAll(async () => {
    machine = await bootMachine()
    await machine.sh('useradd --create-home --shell /bin/sh op')
    await machine.write('/tmp/config.toml', config, '0644')
    await machine.sh('su - op -c "mkdir -p .config/jrctl && cp /tmp/config.toml .config/jrctl/"')
  })
  afterAll(() => machine?.end())

  /** As `op`, who came by su: no session of systemd's, no XDG_RUNTIME_DIR. */
  const jrctl = (line: string): Promise<Ran> =>
    machine.run(['su', '-', 'op', '-c', `${machineJrctl} ${line}`])
  const ofUser = (line: string): Promise<Ran> =>
    machine.run(['su', '-', 'op', '-c', `XDG_RUNTIME_DIR=/run/user/$(id -u) systemctl --user ${line}`])

  it.each(['standard', 'hardened'])('run a fleet (%s), without anybody being logged in', async (profile) => {
    const { code, stdout, stderr } = await jrctl(`install --enable --yes --profile ${profile}`)
    expect([code, stderr], stdout).toEqual([0, expect.anything()])
    expect(await machine.sh('loginctl show-user op -p Linger')).toBe('Linger=yes\n')
    expect((await ofUser('show -P ActiveState jr-orchestrator')).stdout).toBe('active\n')
    const { ids } = JSON.parse((await jrctl('tasks add hello --assign "Own Jr." --json')).stdout) as {
      ids: number[]
    }
    const { task } = await machine.until(
      async () =>
        JSON.parse((await jrctl(`tasks show ${ids[0]} --json`)).stdout) as {
          task: { status: string; result: unknown }
        },
      (seen) => seen.task.status === 'completed',
    )
    expect(JSON.stringify(task.result)).toContain('op')
    const { checks } = JSON.parse((await jrctl('doctor --json')).stdout) as { checks: Check[] }
    for (const name of ['service.unit', 'service.health_check'])
      expect(checks.filter((check) => check.name === name)).toMatchObject([{ name, level: 'ok' }])
  })

  it('are restarted without harm, and uninstalled without a trace', async () => {
    expect((await ofUser('restart jr-orchestrator')).code).toBe(0)
    expect((await jrctl('status')).code).toBe(0)
    expect(await jrctl('uninstall --yes')).toMatchObject({ code: 0 })
    expect((await ofUser('list-units --all --no-legend "jr-*"')).stdout).toBe('')
    expect(await machine.sh('ps -u op -o args=')).not.toContain('jrctl')
    expect(await machine.sh('loginctl show-user op -p Linger || echo gone')).not.toContain('Linger=yes')
  })
})
