import type { LedgerView, WorkersView } from '../../src/contract/outputs.ts'
import type { StatusView } from '../../src/contract/views.ts'
import type { Ran } from '../support/jrctl.ts'
import { type RunOptions, type SystemdMachine, machineJrctl } from '../support/systemd-machine.ts'

export const daemonUnit = 'jr-orchestrator.service'
export const configFile = '/etc/jrctl/config.toml'

/** What `jrctl install` has made on a machine, as its operator has it: root at a shell. */
export interface InstalledFleet {
  machine: SystemdMachine
  jrctl(args: readonly string[], options?: RunOptions): Promise<Ran>
  json<T>(...args: string[]): Promise<T>
  workers(): Promise<WorkersView['workers']>
  status(): Promise<StatusView>
  /** Ledger entries of a type, such as `worker.*`. */
  entries(type: string): Promise<LedgerView['entries']>
  /** A task that is at work until `release`; answers its id. */
  holdTask(jr: string): Promise<string>
  release(): Promise<void>
  attemptsOf(task: string): Promise<TaskSeen>
  /** The unit's main process once it is active. */
  mainPid(unit?: string): Promise<number>
}

export interface TaskSeen {
  status: string
  attempts: number
  result: unknown
}

/** A worker whose task lasts until somebody lets it go. */
export function patientJr(name: string, more = ''): string {
  return `[[workers]]
name = "${name}"
command = ["jrctl", "work", "${name}", "--no-unassigned", "--", "sh", "-c", "while [ ! -e /var/tmp/go ]; do sleep 0.05; done; echo done"]
${more}
`
}

/**
 * Quick to come back and to be given up for dead, so that a test need not wait as an operator would. Letting work finish takes longer
 * than a stop may: that is asked for.
 */
export const hasty = '[Service]\nRestartSec=1\nWatchdogSec=6\nTimeoutStopSec=3\n'

/** Under the account that the manual proposes, enabled and started; fails with all that was said about it. */
export async function installFleet(
  fleet: InstalledFleet,
  config: string,
  options: string[] = [],
): Promise<void> {
  const { machine } = fleet
  await machine.sh('useradd --system --create-home --shell /usr/sbin/nologin jrctl')
  await machine.write(configFile, config)
  const { code, stdout, stderr } = await fleet.jrctl(['install', '--system', '--enable', '--yes', ...options])
  if (code !== 0) throw new Error(`${stdout}${stderr}${await machine.journal(daemonUnit)}`)
}

export function fleetOn(machine: SystemdMachine, program = machineJrctl): InstalledFleet {
  const jrctl: InstalledFleet['jrctl'] = (args, options) => machine.run([program, ...args], options)
  async function json<T>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await jrctl([...args, '--json'])
    if (code !== 0) throw new Error(`jrctl ${args.join(' ')} ended with ${code}: ${stderr}`)
    return JSON.parse(stdout) as T
  }
  const attemptsOf: InstalledFleet['attemptsOf'] = async (id) => {
    const { task } = await json<{ task: TaskSeen }>('tasks', 'show', id)
    return task
  }
  return {
    machine,
    jrctl,
    json,
    workers: async () => (await json<WorkersView>('workers')).workers,
    status: () => json<StatusView>('status'),
    entries: async (type) => (await json<LedgerView>('ledger', '--type', type)).entries,
    async holdTask(jr) {
      await machine.sh('rm -f /var/tmp/go')
      const { ids } = await json<{ ids: number[] }>('tasks', 'add', 'wait', '--assign', jr)
      const id = String(ids[0])
      await machine.until(
        () => attemptsOf(id),
        ({ status }) => status === 'in_progress',
      )
      return id
    },
    release: async () => void (await machine.sh('touch /var/tmp/go')),
    attemptsOf,
    async mainPid(unit = daemonUnit) {
      const { MainPID } = await machine.until(
        () => machine.show(unit, 'ActiveState', 'MainPID'),
        ({ ActiveState, MainPID: pid }) => ActiveState === 'active' && pid !== '0',
      )
      return Number(MainPID)
    },
  }
}
