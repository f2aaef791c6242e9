import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe } from 'vitest'
import type { Ran } from './jrctl.ts'

const script = new URL('../systemd/machine.sh', import.meta.url).pathname
const projectFolder = new URL('../..', import.meta.url).pathname.replace(/\/$/, '')
/** The launcher of this project, as the machine sees it. */
export const machineJrctl = '/opt/jrctl/bin/jrctl'
/** The packaged executable, where there is one. */
export const machineExecutable = '/opt/jrctl/dist/jrctl'
/** And the Node that runs the tests. */
export const machineNode = process.execPath.replace(projectFolder, '/opt/jrctl')

/** A machine ends after so long, whatever becomes of the test that started it. */
const lifeSecondsMax = 900
const bootMsMax = 60_000
const runMsMax = 120_000
const outputMax = 16 * 1024 * 1024
const lookEveryMs = 50

/** Why the tests that need it are skipped; null: it can be had here. */
export const systemdMissing = whyMissing()

/** Tests on such machines; where there can be none, they are skipped for a reason that is shown. */
export const describeOnMachine = (name: string, tests: () => void) =>
  describe.skipIf(systemdMissing !== null)(
    systemdMissing === null ? name : `${name} (${systemdMissing})`,
    tests,
  )

/** A machine with a real systemd, that sees this one's files and touches none of them (test/systemd/machine.sh). */
export interface SystemdMachine {
  /** Runs a program to its end, as its root unless told otherwise; never rejects for how that ended. */
  run(argv: readonly string[], options?: RunOptions): Promise<Ran>
  /** A line of shell that has to succeed; answers what it printed. */
  sh(line: string, options?: RunOptions): Promise<string>
  write(path: string, text: string, mode?: string): Promise<void>
  /** What systemd knows of a unit, by the names of `systemctl show`. */
  show(unit: string, ...properties: string[]): Promise<Record<string, string>>
  /** Ask until it is the answer that is waited for; fails with the last one after a while. */
  until<T>(ask: () => Promise<T>, holds: (answer: T) => boolean, waitMs?: number): Promise<T>
  journal(unit: string): Promise<string>
  end(): Promise<void>
}

export interface RunOptions {
  input?: string
  env?: Record<string, string>
}

export async function bootMachine(): Promise<SystemdMachine> {
  const folder = await mkdtemp(join(tmpdir(), 'jrctl-machine-'))
  const outside = spawn('sh', [script, folder, projectFolder, String(lifeSecondsMax)], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const ended = new Promise<void>((resolve) => outside.once('close', () => resolve()))
  const end = async (): Promise<void> => {
    outside.stdin.end()
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const init = await initOf(outside)
    const machine = machineOf(init, end)
    await machine.until(
      () => machine.run(['systemctl', 'is-system-running']),
      ({ stdout }) => /^(running|degraded)$/m.test(stdout),
      bootMsMax,
    )
    return machine
  } catch (error) {
    await end()
    throw error
  }
}

/** Its systemd, by our own count of processes, once it is that. */
async function initOf(outside: ChildProcess): Promise<number> {
  let said = ''
  outside.stdout?.setEncoding('utf8').on('data', (text: string) => (said += text))
  outside.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text))
  for (let waitedMs = 0; waitedMs < bootMsMax; waitedMs += lookEveryMs) {
    const life = /^life (\d+)$/m.exec(said)?.[1]
    const init = life === undefined ? '' : readOr(`/proc/${life}/task/${life}/children`).trim()
    if (init !== '' && readOr(`/proc/${init}/comm`).trim() === 'systemd') return Number(init)
    if (outside.exitCode !== null) break
    await sleep(lookEveryMs)
  }
  throw new Error(`no systemd came up: ${said}`)
}

function machineOf(init: number, end: () => Promise<void>): SystemdMachine {
  const run: SystemdMachine['run'] = (argv, { input = '', env = {} } = {}) =>
    new Promise((resolve) => {
      const enter = ['--target', String(init), '--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup']
      const child = execFile(
        'nsenter',
        [...enter, '--', 'env', '--chdir=/', ...argv],
        { env: { ...environment, ...env }, timeout: runMsMax, killSignal: 'SIGKILL', maxBuffer: outputMax },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null
          resolve({ code, stdout, stderr })
        },
      )
      child.stdin?.on('error', () => {})
      child.stdin?.end(input)
    })
  const sh: SystemdMachine['sh'] = async (line, options) => {
    const { code, stdout, stderr } = await run(['sh', '-c', line], options)
    if (code !== 0) throw new Error(`${line}: ${code}\n${stdout}${stderr}`)
    return stdout
  }
  return {
    run,
    sh,
    async write(path, text, mode = '0644') {
      await sh(`mkdir -p "$(dirname '${path}')" && cat >'${path}' && chmod ${mode} '${path}'`, {
        input: text,
      })
    },
    async show(unit, ...properties) {
      const { stdout } = await run(['systemctl', 'show', `--property=${properties.join(',')}`, '--', unit])
      const lines = stdout.split('\n').filter((line) => line.includes('='))
      return Object.fromEntries(
        lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
      )
    },
    async until(ask, holds, waitMs = 60_000) {
      const untilMs = Date.now() + waitMs
      for (;;) {
        const answer = await ask()
        if (holds(answer)) return answer
        if (Date.now() > untilMs) throw new Error(`waited ${waitMs} ms in vain: ${JSON.stringify(answer)}`)
        await sleep(lookEveryMs)
      }
    },
    journal: (unit) => sh(`journalctl --no-pager -o cat -u '${unit}'`),
    end,
  }
}

const environment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
  NO_COLOR: '1',
}

/** Tried once, in some milliseconds: namespaces, an overlay and a cgroup are what containers often withhold. */
function whyMissing(): string | null {
  if (process.getuid?.() !== 0) return 'skipped: a systemd of its own needs root'
  if (!existsSync('/lib/systemd/systemd')) return 'skipped: no systemd, see .ci/run'
  const attempt = [
    'point=$(sed -n "s/^[^ ]* \\([^ ]*\\) cgroup2 .*/\\1/p" /proc/mounts | head -n 1)',
    'mkdir "$point/jrctl-try-$$" && rmdir "$point/jrctl-try-$$"',
    'ip link set lo up',
    'mount -t tmpfs tmpfs /mnt && mkdir /mnt/upper /mnt/work /mnt/root /mnt/cgroup',
    'mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work overlay /mnt/root',
    'mount -t cgroup2 cgroup2 /mnt/cgroup',
  ].join(' && ')
  const tried = spawnSync(
    'unshare',
    ['--mount', '--uts', '--ipc', '--net', '--cgroup', '--propagation', 'private', 'sh', '-c', attempt],
    { encoding: 'utf8', timeout: 10_000 },
  )
  if (tried.status === 0) return null
  return `skipped: no machine of its own can be made here: ${tried.stderr?.trim() || 'unshare failed'}`
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
