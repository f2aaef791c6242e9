import { healthTimer } from '../../domain/units/health-units.ts'
import { daemonUnit } from '../../domain/units/unit-name.ts'
import type { CronFacts, ServiceFacts, StrangerFacts, UnitFacts } from '../../ports/machine-checkup.ts'
import { bad, note, ok, skipped, warn, type Check } from './check.ts'
import type { DaemonFacts } from './machine-facts.ts'

const unitName = 'service.unit'

/** Is the daemon's unit there, on, and the one that runs our daemon? */
export function judgeUnit(services: ServiceFacts, daemon: DaemonFacts, uid: number): Check[] {
  if (services.version === null)
    return [
      note(
        unitName,
        'this machine does not run systemd: nobody starts the daemon after a boot or a crash',
        'Let another supervisor, or cron’s @reboot, run: jrctl daemon',
      ),
    ]
  const units = services.units.filter(({ name }) => name === daemonUnit)
  const noManager =
    uid !== 0 && !services.runtimeDir
      ? [
          note(
            'service.runtime_dir',
            `no systemd runs for this account's own units (there is none in /run/user/${uid}): they cannot be seen from here`,
            'It runs while the account is logged in, and always after: loginctl enable-linger',
          ),
        ]
      : []
  if (units.length === 0)
    return [
      note(
        unitName,
        `no ${daemonUnit} ${noManager.length > 0 ? 'of the system ' : ''}is installed (systemd ${services.version})`,
        'See what it would be: jrctl install --dry-run',
      ),
      ...noManager,
    ]
  return [...units.flatMap((unit) => judgeInstalled(unit, daemon)), ...noManager]
}

function judgeInstalled(unit: UnitFacts, daemon: DaemonFacts): Check[] {
  const findings = findingsOf(unit, daemon)
  if (findings.length > 0) return findings
  return [ok(unitName, `${unit.name} is ${unit.active} and ${unit.enabled} (${unit.path})`)]
}

function findingsOf(unit: UnitFacts, daemon: DaemonFacts): Check[] {
  const systemctl = unit.scope === 'user' ? 'systemctl --user' : 'systemctl'
  const { name } = unit
  const checks: Check[] = []
  if (unit.load !== 'loaded')
    checks.push(
      bad(unitName, `${name} cannot be loaded: it is ${unit.load}`, `See why: ${systemctl} status ${name}`),
    )
  if (unit.active === 'failed')
    checks.push(
      bad(
        unitName,
        `${name} has failed`,
        `See why: ${systemctl.replace('systemctl', 'journalctl')} -u ${name}; then: ${systemctl} restart ${name}`,
      ),
    )
  if (unit.needsReload)
    checks.push(warn(unitName, `${name} was changed since systemd read it`, `${systemctl} daemon-reload`))
  if (unit.written === 'edited' || unit.written === 'foreign') {
    const how =
      unit.written === 'edited'
        ? 'was changed since jrctl install wrote it'
        : 'was not written by jrctl install'
    checks.push(note(unitName, `${unit.path} ${how}`, 'See what it would be: jrctl install --dry-run'))
  }
  if (unit.enabled === 'disabled')
    checks.push(
      warn(unitName, `${name} is not enabled: nobody starts it after a boot`, `${systemctl} enable ${name}`),
    )
  if (unit.active === 'inactive' && !daemon.up)
    checks.push(warn(unitName, `${name} is installed and does not run`, `${systemctl} start ${name}`))
  if (daemon.up && daemon.unit !== name)
    checks.push(
      warn(
        unitName,
        `the daemon (pid ${daemon.pid}) runs outside of ${name}: nobody starts it again when it dies`,
        `Stop it, then: ${systemctl} start ${name}`,
      ),
    )
  return checks
}

/** Units of an account end with its last session, unless it lingers. */
export function judgeLingering({ units, lingering }: ServiceFacts): Check[] {
  const hasOwn = units.some(({ scope }) => scope === 'user')
  if (lingering === null || !hasOwn) return []
  return lingering
    ? [ok('service.lingering', 'the units of this account run without a session')]
    : [
        warn(
          'service.lingering',
          'the units of this account end when it logs out, and do not start at a boot',
          'loginctl enable-linger',
        ),
      ]
}

export function judgeCron({ lines, closed }: CronFacts, services: ServiceFacts | null): Check[] {
  const name = 'service.health_check'
  const timer = services?.units.find((unit) => unit.name === healthTimer)
  const [line] = lines
  if (timer?.active === 'active') return [ok(name, `${healthTimer} asks for a health check at times`)]
  if (line !== undefined) return [ok(name, `cron asks for a health check at times (${line.where})`)]
  if (closed !== null)
    return [ok(name, `cron asks for a health check at times: jrctl install wrote the line for ${closed}`)]
  if (timer !== undefined)
    return [
      warn(
        name,
        `${healthTimer} is installed and does not run`,
        `systemctl ${timer.scope === 'user' ? '--user ' : ''}enable --now ${healthTimer}`,
      ),
    ]
  if (services === null)
    return [skipped(name, 'systemd could not be asked, and no table of cron names a health check')]
  return [
    note(
      name,
      'neither a timer nor cron runs a health check: a daemon that dies is missed by nobody',
      'jrctl install writes a timer, jrctl install --cron a line for cron.',
    ),
  ]
}

/** Two fleets on one queue start everything twice. */
export function judgeOneFleet(
  strangers: readonly StrangerFacts[],
  services: ServiceFacts | null,
  daemon: DaemonFacts,
): Check[] {
  const name = 'fleet.alone'
  const make = daemon.up ? bad : warn
  const checks = [
    ...(services?.oldUnits ?? []).map((unit) =>
      make(name, `${unit} of an older fleet is active`, `systemctl disable --now ${unit}`),
    ),
    ...strangers.map(({ pid, uid, command }) =>
      make(
        name,
        `pid ${pid} (uid ${uid}) looks like a worker of an older fleet: ${command}`,
        `When it is one: jrctl install --replace-processes PATTERN lists such and ends them, or: kill ${pid}`,
      ),
    ),
  ]
  if (checks.length > 0) return checks
  const looked = services === null || services.version === null ? 'process' : 'unit or process'
  return [ok(name, `no ${looked} of an older fleet is at work here`)]
}
