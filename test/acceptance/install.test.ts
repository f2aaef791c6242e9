import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { appendFile, chmod, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readStat } from '../../src/adapters/process/proc.ts'
import { jrctl, jrctlPath, start, temporaryPlace, type Place, type Ran } from '../support/jrctl.ts'
import { until } from './fleet.ts'

/** A manager that remembers what it was told, and nothing more. What it is asked for with a file `NAME.refused` there it refuses. */
const systemctl = `
here=$(dirname "$0")/units
echo "systemctl $*" >>"$(dirname "$0")/calls"
while [ $# -gt 0 ]; do case $1 in --user | --no-*) shift ;; *) break ;; esac; done
verb=$1
shift
while [ $# -gt 0 ] && [ "$1" != -- ]; do verb="$verb $1"; shift; done
[ $# -gt 0 ] && shift
case $verb in
  'show -p Version') echo Version=252 ;;
  'show -p Id'*)
    for unit; do
      active=inactive enabled= load=not-found
      [ -e "$here/$unit.active" ] && active=active load=loaded
      [ -e "$here/$unit.enabled" ] && enabled=enabled load=loaded
      printf 'Id=%s\\nLoadState=%s\\nActiveState=%s\\nUnitFileState=%s\\n\\n' "$unit" $load $active $enabled
    done ;;
  reenable) for unit; do : >"$here/$unit.enabled"; done ;;
  start | restart)
    for unit; do
      if [ -e "$here/$unit.refused" ]; then echo "Job for $unit failed." >&2; exit 1; fi
      : >"$here/$unit.active"
    done ;;
  'disable --now') for unit; do rm -f "$here/$unit.enabled" "$here/$unit.active"; done ;;
  disable) for unit; do rm -f "$here/$unit.enabled"; done ;;
  stop) for unit; do rm -f "$here/$unit.active"; done ;;
esac`

const crontab = `
tab=$(dirname "$0")/tab
case $1 in
  -l) cat "$tab" 2>/dev/null || { echo "no crontab for you" >&2; exit 1; } ;;
  -r) rm "$tab" ;;
  -) cat >"$tab" ;;
esac`

const loginctl = `
here=$(dirname "$0")
echo "loginctl $*" >>"$here/calls"
case "$*" in
  *show-user*) [ -e "$here/lingers" ] && echo yes || echo no ;;
  *enable-linger*) : >"$here/lingers" ;;
  *disable-linger*) rm "$here/lingers" ;;
esac`

const daemon = 'jr-orchestrator.service'
const timer = 'jr-health-check.timer'
const fleet = '\n[[workers]]\nname = "A Jr."\ncommand = ["jrctl", "work", "A Jr.", "--", "true"]\n'

/** One that has ended and whom nobody has looked after yet is dead: the first process takes its time with orphans. */
function isAlive(pid: number): boolean {
  return readStat(pid)?.zombie === false
}

/** `jrctl install` (spec §15), beside programs that note how they are called; `test/systemd` has a real one. */
describe("jrctl install of an account's own units", () => {
  let place: Place
  let programs: string
  beforeEach(async () => {
    const made = await temporaryPlace()
    programs = join(made.dir, 'programs')
    await mkdir(join(programs, 'units'), { recursive: true })
    for (const [name, script] of Object.entries({
      systemctl,
      crontab,
      loginctl,
      journalctl: 'echo its last word',
    })) {
      await writeFile(join(programs, name), `#!/bin/sh\n${script}\n`)
      await chmod(join(programs, name), 0o755)
    }
    const { DATABASE_URL: _, ...env } = made.env
    place = {
      ...made,
      env: {
        ...env,
        PATH: `${programs}:${env['PATH']}`,
        XDG_RUNTIME_DIR: join(made.dir, 'run'),
        XDG_CACHE_HOME: join(made.dir, 'cache'),
      },
    }
  })
  afterEach(() => place.remove())

  const install = (...args: string[]): Promise<Ran> => jrctl(place, ['install', '--user', ...args])
  const uninstall = (...args: string[]): Promise<Ran> => jrctl(place, ['uninstall', '--user', ...args])
  const config = () => join(place.dir, 'config/jrctl/config.toml')
  const unit = (name: string) => join(place.dir, 'config/systemd/user', name)
  /** What changes something, without what is always there. */
  const orders = async (): Promise<string[]> => {
    const calls = await readFile(join(programs, 'calls'), 'utf8')
    return calls
      .split('\n')
      .map((call) =>
        call.replace(/systemctl --no-ask-password --no-pager --user |loginctl --no-ask-password /, ''),
      )
      .filter((call) => call !== '' && !/^(show|list-units|reset-failed)/.test(call))
  }
  /** Installed, with a queue and a worker. */
  const ready = async (): Promise<void> => {
    expect((await install('--yes')).code).toBe(0)
    await writeFile(
      config(),
      (await readFile(config(), 'utf8')).replace('embedded = false', 'embedded = true'),
    )
    await appendFile(config(), fleet)
  }

  it('shows everything in a dry run, and changes nothing', async () => {
    const { code, stdout } = await install('--dry-run')
    expect(code).toBe(0)
    expect(stdout).toContain(`+ write ${unit(daemon)}`)
    expect(stdout).toContain('+ExecStart=')
    expect(stdout).toMatch(/\d+ steps would be taken; nothing was changed\.$/m)
    expect(existsSync(join(place.dir, 'config'))).toBe(false)
    expect(await orders()).toEqual([])
  })

  it('asks, and where nobody is to be asked does nothing', async () => {
    const { code, stderr } = await install()
    expect(code).toBe(2)
    expect(stderr).toContain('jrctl install --yes')
    expect(existsSync(join(place.dir, 'config'))).toBe(false)
  })

  it('writes units and a configuration to begin with, and has nothing to do the second time', async () => {
    const { code, stdout } = await install('--yes')
    expect(code).toBe(0)
    expect(stdout).toContain('Before it can start: ')
    expect((await stat(unit(daemon))).mode & 0o777).toBe(0o644)
    expect(await orders()).toEqual(['daemon-reload', `enable-linger -- ${userInfo().username}`])
    const again = await install('--yes')
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('There is nothing to do.') })
    const shown = JSON.parse((await jrctl(place, ['config', 'show', '--json'])).stdout) as {
      settings: { key: string; value: unknown }[]
    }
    const value = (key: string) => shown.settings.find((one) => one.key === key)?.value
    expect(value('state_dir')).toBe(join(place.dir, 'state/jrctl'))
    expect([value('queue.embedded'), value('orchestrator.enabled')]).toEqual([false, false])
  })

  it('does not start what could not run, and says which keys are missing', async () => {
    const first = await install('--enable', '--yes')
    expect(first.code).toBe(1)
    expect(first.stderr).toContain('says neither where the queue is nor which workers there are')
    await appendFile(config(), fleet)
    const second = await install('--enable', '--yes')
    expect(second.code).toBe(1)
    expect(second.stderr).toMatch(/not started: No database is configured[^]*\[queue\] url/)
    expect(await orders()).not.toContain(`start -- ${daemon}`)
  })

  it('reads variables of the environment file as the service will', async () => {
    await install('--yes')
    await appendFile(config(), fleet)
    place.env['DATABASE_URL'] = 'postgres://here'
    const { stderr } = await install('--enable', '--yes')
    expect(stderr).toContain('DATABASE_URL is set here, and a service does not inherit it.')
    await writeFile(join(dirname(config()), 'environment'), 'DATABASE_URL=postgres://u@127.0.0.1/d\n')
    expect((await install('--enable', '--yes')).code).toBe(0)
    expect(await orders()).toContain(`start -- ${daemon}`)
  })

  it('tells what is wrong with the configuration before anything else', async () => {
    await mkdir(dirname(config()), { recursive: true })
    await writeFile(config(), '[queue]\npoll_intervall = "5s"\n')
    const { code, stderr } = await install('--enable', '--yes')
    expect(code).toBe(2)
    expect(stderr).toContain('did you mean "poll_interval"')
    expect(existsSync(unit(daemon))).toBe(false)
  })

  it('enables and starts in order, and waits; lingering first', async () => {
    await ready()
    await writeFile(join(programs, 'calls'), '')
    expect((await install('--enable', '--yes')).code).toBe(0)
    expect((await orders()).filter((call) => call !== 'daemon-reload')).toEqual([
      `reenable -- ${daemon} ${timer}`,
      `start -- ${daemon}`,
      `start -- ${timer}`,
    ])
    expect((await install('--enable')).stdout).toContain('There is nothing to do.')
  })

  it('shows what systemd and the daemon said when it does not start', async () => {
    await ready()
    await writeFile(join(programs, 'units', `${daemon}.refused`), '')
    const { code, stderr } = await install('--enable', '--yes')
    expect(code).toBe(1)
    expect(stderr).toContain(`${daemon} did not start: Job for ${daemon} failed.`)
    expect(stderr).toContain('its last word')
    expect(stderr).toContain(`systemctl --user disable --now ${daemon}`)
  })

  it('never overwrites what somebody has changed, unless told to, and then keeps it', async () => {
    await install('--yes')
    await appendFile(unit(daemon), 'Nice=5\n')
    const { code, stdout, stderr } = await install('--yes')
    expect(code).toBe(1)
    expect(stdout).toContain('-Nice=5')
    expect(stderr).toMatch(/was changed since jrctl wrote it[^]*--force/)
    expect((await install('--yes', '--force')).code).toBe(0)
    expect(await readFile(unit(`${daemon}.bak`), 'utf8')).toContain('Nice=5')
    expect(await readFile(unit(daemon), 'utf8')).not.toContain('Nice=5')
  })

  it('says how a unit by our name comes back that somebody had before us', async () => {
    await mkdir(unit('.'), { recursive: true })
    await writeFile(unit(daemon), '[Service]\nExecStart=/bin/true\n')
    await writeFile(join(programs, 'units', `${daemon}.enabled`), '')
    expect(await install('--yes')).toMatchObject({ code: 1, stderr: expect.stringContaining('--force') })
    expect((await install('--yes', '--force')).code).toBe(0)
    const { stdout } = await uninstall('--yes')
    expect(stdout).toContain(
      `mv ${unit(daemon)}.bak ${unit(daemon)}\nsystemctl --user daemon-reload\nsystemctl --user enable ${daemon}`,
    )
  })

  it('lets two at once not come into each other’s way', async () => {
    const both = await Promise.all([install('--yes'), install('--yes', '--cron')])
    const [won, ...others] = both.filter(({ code }) => code === 0)
    expect(won).toBeDefined()
    for (const { code, stderr } of both.filter((one) => one.code !== 0)) {
      expect(code).toBe(1)
      expect(stderr).toMatch(/another jrctl install|has changed what is installed/)
    }
    // One that came when the other one was done found that, and went on from there.
    expect(others.length).toBeLessThanOrEqual(1)
    const left = await readdir(unit('.'))
    expect(left.filter((name) => name.includes('jrctl-new'))).toEqual([])
    expect((await install('--yes')).stdout).toContain('There is nothing to do.')
  })

  it('stays with the configuration that was named once', async () => {
    const own = join(place.dir, 'my.toml')
    await writeFile(own, `[queue]\nembedded = true\n${fleet}`)
    const first = await jrctl(place, ['--config', own, 'install', '--user', '--enable', '--yes'])
    expect(first).toMatchObject({ code: 0 })
    expect((await install('--enable', '--yes')).stdout).toContain('There is nothing to do.')
    expect((await install('--profile', 'hardened', '--yes')).code).toBe(0)
    expect(await readFile(unit(daemon), 'utf8')).toContain(`--config ${own} daemon`)
    expect(existsSync(config())).toBe(false)
    await rm(own)
    const { code, stderr } = await install('--enable', '--yes')
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining(`${own}, with which was installed, is not there`),
    ])
    expect(existsSync(config())).toBe(false)
  })

  it('refuses to wait for what can be no unit', async () => {
    const { code, stderr } = await install('--yes', '--after', 'a.service\nExecStartPre=/bin/true')
    expect([code, stderr]).toEqual([2, expect.stringContaining('no unit can be called so')])
    expect(existsSync(unit(daemon))).toBe(false)
  })

  it('ends what a dead daemon has left, and deletes no state under it', async () => {
    await ready()
    await writeFile(
      config(),
      (await readFile(config(), 'utf8')).replace(
        '"true"]',
        '"true"]\n[[workers]]\nname = "B Jr."\ncommand = ["sleep", "100000"]',
      ),
    )
    expect((await install('--enable', '--yes')).code).toBe(0)
    const byHand = start(place, ['daemon', '--config', config()])
    const workers = await until(
      async () => {
        const { stdout } = await jrctl(place, ['workers', '--json'])
        return stdout === '' ? [] : (JSON.parse(stdout) as { workers: { pid: number }[] }).workers
      },
      (now) => now.length === 2 && now.every(({ pid }) => pid !== null),
    )
    const state = join(place.dir, 'state/jrctl')
    const server = Number(
      (await readFile(join(state, 'postgres/data/postmaster.pid'), 'utf8')).split('\n')[0],
    )
    const pids = [server, ...workers.map(({ pid }) => pid)]
    await rm(join(programs, 'units', `${daemon}.active`))

    const beside = await uninstall('--purge', '--yes')
    expect([beside.code, beside.stderr]).toEqual([1, expect.stringContaining(`pid ${byHand.child.pid}`)])
    expect(pids.every(isAlive)).toBe(true)

    byHand.child.kill('SIGKILL')
    await byHand.exited
    // What it says of itself cannot be read any more.
    await appendFile(config(), '\n[queue\n')
    const { code, stdout } = await uninstall('--purge', '--yes')
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/done: end what runs on without a daemon: .*sleep/),
    ])
    expect(pids.filter(isAlive)).toEqual([])
    expect(existsSync(state)).toBe(false)
  }, 120_000)

  it('switches profiles, and takes away what the other one does not need', async () => {
    await ready()
    await install('--enable', '--yes', '--profile', 'hardened')
    const worker = 'jr-queue-worker@A\\x20Jr..service'
    expect(existsSync(unit(`${worker}.d/jrctl.conf`))).toBe(true)
    expect(await orders()).toContain(`start -- ${worker}`)
    await mkdir(unit('default.target.wants'), { recursive: true })
    await writeFile(unit(`default.target.wants/${worker}`), '')
    await install('--enable', '--yes', '--profile', 'standard')
    expect(existsSync(unit(`${worker}.d`))).toBe(false)
    const calls = await orders()
    // In this order: whoever is cut off between them finds it enabled, and begins anew.
    expect(calls.indexOf(`stop -- ${worker}`)).toBeGreaterThan(-1)
    expect(calls.indexOf(`stop -- ${worker}`)).toBeLessThan(calls.indexOf(`disable -- ${worker}`))
    expect(calls.indexOf(`disable -- ${worker}`)).toBeLessThan(calls.lastIndexOf(`restart -- ${daemon}`))
  })

  it('stays as it is when what was noted of it is damaged, and says so', async () => {
    await ready()
    expect(await install('--yes', '--profile', 'hardened')).toMatchObject({ code: 0 })
    const record = join(place.dir, 'config/jrctl/install.json')
    const whole = await readFile(record, 'utf8')
    await writeFile(record, whole.slice(0, 40))
    const again = await install('--yes')
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('profile  hardened') })
    expect(again.stderr).toContain('install.json is damaged')
    expect(again.stdout).not.toContain(daemon)
    // What nothing else tells is lost, as was said.
    expect(await readFile(record, 'utf8')).toBe(whole.replace('"didLinger": true', '"didLinger": false'))
    expect((await install()).stdout).toContain('nothing to do')

    await writeFile(record, whole.replace('"version": 1', '"version": 2'))
    for (const ran of [await install('--yes'), await uninstall('--yes')])
      expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('written by a later jrctl') })
    expect(await readFile(unit(daemon), 'utf8')).toContain('JRCTL_SUPERVISOR_WORKERS=units')
  })

  it('switches an old fleet off before the new one starts, and says how it comes back', async () => {
    await ready()
    for (const kind of ['active', 'enabled'])
      await writeFile(join(programs, 'units', `jr-old.service.${kind}`), '')
    const unknown = await install('--enable', '--yes', '--replace-units', 'jr-old,jr-nobody')
    expect(unknown).toMatchObject({ code: 3, stderr: expect.stringContaining('jr-nobody.service') })
    expect((await install('--enable', '--yes', '--replace-units', 'jr-old')).code).toBe(0)
    const calls = await orders()
    expect(calls.indexOf('disable --now -- jr-old.service')).toBeGreaterThan(-1)
    expect(calls.indexOf('disable --now -- jr-old.service')).toBeLessThan(calls.indexOf(`start -- ${daemon}`))
    const pattern = await install('--enable', '--yes', '--replace-units', 'jr-*')
    expect(pattern).toMatchObject({ code: 2, stderr: expect.stringContaining('a pattern is no unit name') })
    expect((await install('--enable', '--replace-units', 'jr-orchestrator')).stdout).toContain(
      'nothing to do',
    )
    const { stdout } = await uninstall('--yes')
    expect(stdout).toContain('systemctl --user enable jr-old.service\n')
    expect(stdout).not.toContain('jr-*')
  })

  it('has cron run the health check, once, and takes it out again', async () => {
    const tab = join(programs, 'tab')
    await writeFile(tab, '0 * * * * backup\n')
    expect((await install('--cron', '--yes')).code).toBe(0)
    expect((await install('--cron', '--yes')).stdout).toContain('There is nothing to do.')
    const text = await readFile(tab, 'utf8')
    expect(text.match(/health-check/g)).toHaveLength(1)
    expect(text).not.toContain('@reboot')
    expect((await install('--yes')).stdout).toContain('There is nothing to do.')
    expect(existsSync(unit(timer))).toBe(false)
    expect((await uninstall('--yes')).code).toBe(0)
    expect(await readFile(tab, 'utf8')).toBe('0 * * * * backup\n')
  })

  it('is undone also where cron has been taken away', async () => {
    expect((await install('--cron', '--yes')).code).toBe(0)
    await rm(join(programs, 'crontab'))
    // Ours alone: the machine may have a cron.
    const PATH = `${programs}:${dirname(process.execPath)}`
    await symlink('/bin/rm', join(programs, 'rm'))
    const bare = { ...place, env: { ...place.env, PATH } }
    for (const name of ['sh', 'dirname', 'cat', 'readlink', 'env'])
      await symlink(`/usr/bin/${name}`, join(programs, name))
    const { code, stderr } = await jrctl(bare, ['uninstall', '--user', '--yes'])
    expect([code, stderr]).toEqual([0, expect.stringContaining('cron is not installed any more')])
    expect(existsSync(unit(daemon))).toBe(false)
  })

  it('has cron start the daemon, too, where no systemd runs', async () => {
    await writeFile(
      join(programs, 'systemctl'),
      '#!/bin/sh\necho "System has not been booted with systemd" >&2\nexit 1\n',
    )
    const { code, stderr } = await install('--yes')
    expect(code).toBe(2)
    expect(stderr).toMatch(/has not been booted with systemd[^]*--cron/)
    expect((await install('--cron', '--yes')).code).toBe(0)
    expect(await readFile(join(programs, 'tab'), 'utf8')).toMatch(/^@reboot .*jrctl daemon --config /m)
    expect(existsSync(unit(daemon))).toBe(false)
    expect((await stat(join(place.dir, 'state/jrctl'))).mode & 0o777).toBe(0o700)
    expect((await uninstall('--yes')).code).toBe(0)
    expect(existsSync(join(programs, 'tab'))).toBe(false)
  })

  it('is undone: what it made goes, what is the operator’s stays until it is purged', async () => {
    await ready()
    await install('--enable', '--yes')
    await mkdir(unit(`${daemon}.d`))
    await writeFile(unit(`${daemon}.d/override.conf`), '[Service]\nNice=5\n')
    const look = await uninstall('--dry-run')
    expect(look.stdout).toContain(`- remove ${unit(daemon)}`)
    expect(existsSync(unit(daemon))).toBe(true)
    expect((await uninstall('--yes')).code).toBe(0)
    const left = await readdir(unit('.'), { recursive: true })
    expect(left.sort()).toEqual([`${daemon}.d`, `${daemon}.d/override.conf`])
    expect(await readdir(dirname(config()))).toEqual(['config.toml'])
    expect((await uninstall('--yes')).stdout).toContain('There is nothing to do.')
    expect((await uninstall('--purge')).code).toBe(2)
    expect((await uninstall('--purge', '--yes')).code).toBe(0)
    expect(existsSync(config())).toBe(false)
    expect(existsSync(join(place.dir, 'state/jrctl'))).toBe(false)
  })

  it('answers in JSON', async () => {
    const { stdout } = await install('--dry-run', '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      apiVersion: 1,
      dryRun: true,
      about: { scope: 'user', profile: 'standard', config: config() },
      steps: expect.arrayContaining([expect.objectContaining({ kind: 'write_file', path: unit(daemon) })]),
    })
  })
})

const noSystemctl = spawnSync('systemctl', ['--version']).error !== undefined

describe.skipIf(noSystemctl)('jrctl install into an image (skipped without systemctl, see .ci/run)', () => {
  let place: Place
  let image: string
  beforeEach(async () => {
    place = await temporaryPlace()
    image = join(place.dir, 'image')
    await mkdir(join(image, 'etc'), { recursive: true })
    await writeFile(
      join(image, 'etc/passwd'),
      'root:x:0:0::/root:/bin/sh\njr:x:1000:1000::/home/jr:/bin/sh\n',
    )
    // The same program as here, where a checkout is what is tried.
    await mkdir(dirname(image + jrctlPath), { recursive: true })
    await writeFile(image + jrctlPath, '', { mode: 0o755 })
  })
  afterEach(() => place.remove())

  const units = () => join(image, 'etc/systemd/system')
  const run = (...args: string[]): Promise<Ran> => jrctl(place, [...args, '--root', image, '--yes'])

  it('enables units that start with the machine that it becomes, and starts nothing here', async () => {
    const { code, stdout } = await run('install', '--enable', '--after', 'postgresql.service')
    expect(code).toBe(0)
    expect(stdout).toContain('Nothing is started in an image.')
    const wants = await readdir(join(units(), 'multi-user.target.wants'))
    expect(wants).toContain(daemon)
    expect(await readFile(join(units(), daemon), 'utf8')).toMatch(/^User=jr\n/m)
    expect(await readFile(join(image, 'etc/jrctl/config.toml'), 'utf8')).toContain(
      'state_dir = "/var/lib/jrctl"\n',
    )
    expect((await run('install', '--enable')).stdout).toContain('There is nothing to do.')
    expect((await run('uninstall')).code).toBe(0)
    expect((await readdir(units(), { recursive: true })).filter((name) => name.includes('jr-'))).toEqual([])
  })

  it('refuses an account that the image does not have', async () => {
    const { code, stderr } = await run('install', '--account', 'nobody-here')
    expect(code).toBe(2)
    expect(stderr).toContain('there is no account nobody-here')
  })

  it('touches nothing that a link in the image leads to on this machine', async () => {
    const outside = join(place.dir, 'outside')
    await mkdir(outside)
    await symlink(outside, join(image, 'etc/systemd'))
    const { code, stderr } = await run('install')
    expect(code).toBe(2)
    expect(stderr).toContain(`leads out of ${image}, to ${outside}`)
    expect(await readdir(outside)).toEqual([])
    expect(existsSync(join(image, 'etc/jrctl'))).toBe(false)
  })

  it('says what lies in the way', async () => {
    await mkdir(join(units(), daemon), { recursive: true })
    const { code, stderr } = await run('install')
    expect(code).toBe(1)
    expect(stderr).toContain(`${daemon} is a folder, where a file has to be`)
    expect(existsSync(join(image, 'etc/jrctl'))).toBe(false)
  })
})

describe('jrctl install for the machine', () => {
  it('is for root alone', async (context) => {
    if (process.getuid?.() === 0) context.skip('only for who is not root')
    const place = await temporaryPlace()
    const { code, stderr } = await jrctl(place, ['install', '--system'])
    await place.remove()
    expect(code).toBe(2)
    expect(stderr).toContain('only root may install units of the system')
  })
})
