import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { instanceId } from '../../domain/ids.ts'
import type { UnitStanding, WorkerUnits } from '../../ports/worker-units.ts'

const properties =
  'Id,LoadState,ActiveState,SubState,Result,MainPID,InvocationID,NRestarts,MemoryCurrent,ExecMainStartTimestampMonotonic'

/** A unit's answer has some 300 bytes; there are a thousand instances of a worker at most. */
const outputMax = 4 * 1024 * 1024

/** A manager that takes longer is asked again at the next look. */
const timeoutMs = 5_000

/** Asks the manager under which this very process runs, by one `systemctl show` for all units. */
export function createWorkerUnits(env: NodeJS.ProcessEnv): WorkerUnits {
  const manager = ownScope() === 'user' ? ['--user'] : []
  return {
    look(units) {
      if (units.length === 0) return Promise.resolve(new Map())
      const args = [...manager, '--no-ask-password', 'show', '-p', properties, '--', ...units]
      const limits = { env, timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: outputMax } as const
      return new Promise((resolve) => {
        execFile('systemctl', args, limits, (error, stdout) => {
          resolve(error === null ? standingsIn(stdout) : null)
        })
      })
    },
    commandFor: (verb, unit) => ['systemctl', ...manager, verb, inShell(unit)].join(' '),
  }
}

/** The answers of `systemctl show`, with an empty line between two; units that there are not are left out. */
export function standingsIn(output: string): Map<string, UnitStanding> {
  const found = new Map<string, UnitStanding>()
  for (const block of output.split('\n\n')) {
    const said = new Map(block.split('\n').map((line) => pairIn(line)))
    const unit = said.get('Id')
    if (unit !== undefined && said.get('LoadState') === 'loaded') found.set(unit, standingOf(said))
  }
  return found
}

function standingOf(said: ReadonlyMap<string, string>): UnitStanding {
  const pid = numberIn(said.get('MainPID'))
  const startedUs = numberIn(said.get('ExecMainStartTimestampMonotonic'))
  const invocation = said.get('InvocationID') ?? ''
  return {
    state: said.get('ActiveState') ?? 'unknown',
    subState: said.get('SubState') ?? 'unknown',
    result: said.get('Result') ?? 'success',
    pid,
    instanceId: /^[0-9a-f]{32}$/.test(invocation) ? instanceId(invocation) : null,
    restarts: numberIn(said.get('NRestarts')) ?? 0,
    memoryBytes: numberIn(said.get('MemoryCurrent')),
    startedMonotonicMs: pid === null || startedUs === null ? null : startedUs / 1000,
  }
}

/** Zero stands for none, `[not set]` and 2⁶⁴ − 1 for not known. */
function numberIn(text: string | undefined): number | null {
  const number = /^\d+$/.test(text ?? '') ? Number(text) : 0
  return number === 0 || number > Number.MAX_SAFE_INTEGER ? null : number
}

function pairIn(line: string): [string, string] {
  const at = line.indexOf('=')
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)]
}

/** Units below a person's own manager are in a cgroup of `user@UID.service`. */
export function scopeOf(cgroup: string): 'system' | 'user' {
  return /\/user@\d+\.service\//.test(cgroup) ? 'user' : 'system'
}

/** Whose manager runs this very process. */
export function ownScope(): 'system' | 'user' {
  return scopeOf(ownCgroup())
}

function ownCgroup(): string {
  try {
    return readFileSync('/proc/self/cgroup', 'utf8')
  } catch {
    return ''
  }
}

function inShell(unit: string): string {
  return /^[\w@.:-]+$/.test(unit) ? unit : `'${unit}'`
}
