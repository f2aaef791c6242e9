import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { sealOf } from '../../domain/install/seal.ts'
import { healthTimer } from '../../domain/units/health-units.ts'
import { daemonUnit } from '../../domain/units/unit-name.ts'
import type { ServiceFacts, UnitFacts } from '../../ports/machine-checkup.ts'

/** What `systemctl` may say; more is not about so few units. */
const outputMax = 262_144
const ourUnits = [daemonUnit, healthTimer]
const ours = /^jr-(orchestrator\.service|health-check\.(service|timer)|queue-worker@.*\.service)$/
const properties =
  'Id,LoadState,ActiveState,UnitFileState,FragmentPath,NeedDaemonReload,MainPID,Delegate' as const

/**
 * Asks systemd what it knows of us. Root's units are the system's; everybody else's may be either's.
 * Rejects when systemd runs and does not answer.
 */
export async function examineServices(options: {
  env: NodeJS.ProcessEnv
  uid: number
  accountName: string | null
  timeoutMs: number
}): Promise<ServiceFacts> {
  const { env, uid, accountName } = options
  const runtimeDir = (env['XDG_RUNTIME_DIR'] ?? '') !== ''
  const lingering =
    uid === 0 || accountName === null ? null : existsSync(`/var/lib/systemd/linger/${accountName}`)
  if (!existsSync('/run/systemd/system'))
    return { version: null, units: [], oldUnits: [], lingering, runtimeDir }
  const ask = (args: readonly string[]) => systemctl(args, options)
  const [version, list, system, user] = await Promise.all([
    ask(['show', '--property=Version', '--value']),
    ask(['list-units', '--all', '--plain', '--no-legend', 'jr-*', 'jr_*']),
    ask(['show', `--property=${properties}`, '--', ...ourUnits]),
    // Without a manager of its own an account has no units either.
    uid === 0 || !runtimeDir
      ? ''
      : ask(['--user', 'show', `--property=${properties}`, '--', ...ourUnits]).catch(() => ''),
  ])
  return {
    version: version.trim(),
    units: await Promise.all([...unitsIn(system, 'system'), ...unitsIn(user, 'user')].map(withWriter)),
    oldUnits: oldUnitsIn(list),
    lingering,
    runtimeDir,
  }
}

function systemctl(
  args: readonly string[],
  { env, timeoutMs }: { env: NodeJS.ProcessEnv; timeoutMs: number },
): Promise<string> {
  const limits = { env, timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: outputMax } as const
  return new Promise((resolve, reject) => {
    execFile('systemctl', ['--no-ask-password', '--no-pager', ...args], limits, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(`systemctl: ${stderr.trim().split('\n').at(-1) || error.message}`))
    })
  })
}

/** Of what `systemctl show` prints of several units, a block each. */
export function unitsIn(text: string, scope: UnitFacts['scope']): Omit<UnitFacts, 'written'>[] {
  return text
    .split(/\n\n+/)
    .map((block) => new Map(block.split('\n').map(assignment)))
    .filter((values) => values.has('Id') && values.get('LoadState') !== 'not-found')
    .map((values) => ({
      name: values.get('Id') ?? '',
      scope,
      load: values.get('LoadState') ?? '',
      active: values.get('ActiveState') ?? '',
      enabled: values.get('UnitFileState') ?? '',
      path: values.get('FragmentPath') || null,
      needsReload: values.get('NeedDaemonReload') === 'yes',
      mainPid: Number(values.get('MainPID') ?? 0),
      delegated: values.get('Delegate') === 'yes',
    }))
}

/** Of the lines of `systemctl list-units`: units of a fleet before us that run or would. */
export function oldUnitsIn(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', load, active] = line.trim().split(/\s+/)
    return load === 'loaded' && active === 'active' && !ours.test(name) ? [name] : []
  })
}

/** By the seal that `jrctl install` puts under its files. */
async function withWriter(unit: Omit<UnitFacts, 'written'>): Promise<UnitFacts> {
  const text = unit.path === null ? null : await readFile(unit.path, 'utf8').catch(() => null)
  return { ...unit, written: text === null ? null : sealOf(text, digest) }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function assignment(line: string): [string, string] {
  const at = line.indexOf('=')
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)]
}
