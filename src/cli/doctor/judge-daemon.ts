import { duration } from '../../text/format.ts'
import { bad, ok, warn, type Check } from './check.ts'
import type { DaemonFacts } from './machine-facts.ts'

export function judgeDaemon(daemon: DaemonFacts): Check[] {
  if (!daemon.up)
    return [warn('machine.daemon', daemon.problem, daemon.hint ?? 'Start one with: jrctl daemon')]
  return [
    ok('machine.daemon', `the daemon is ${daemon.phase}, pid ${daemon.pid}, up ${duration(daemon.uptimeMs)}`),
    ...daemon.degraded.map((words) => warn('machine.degraded', words, 'Its log tells more: jrctl logs')),
    ...replacedOf(daemon),
    ...rewrittenOf(daemon),
    ...(daemon.elsewhere === null
      ? []
      : [
          bad(
            'fleet.identity',
            `${daemon.elsewhere} runs a daemon with this very identity: the state directory was copied`,
            `Stop one of the two, and start it with a state_dir of its own (here it is ${daemon.stateDir}).`,
          ),
        ]),
  ]
}

type Running = Extract<DaemonFacts, { up: true }>

/** Another executable lies there than the one that is at work: what was mended in it is not, and nobody was told. */
function replacedOf({ replaced = null, unit }: Running): Check[] {
  if (replaced === null) return []
  const text = `the daemon runs a version that was replaced since: another ${replaced} lies there, or none`
  return [warn('machine.program', text, restartOf(unit))]
}

/** What systemd gave it at its start, it has for its life. */
function rewrittenOf({ rewritten = null, unit }: Running): Check[] {
  if (rewritten === null) return []
  const text = `${rewritten} was changed after the daemon had started, which does not know what it says now`
  return [warn('machine.variables', text, restartOf(unit))]
}

function restartOf(unit: string | null): string {
  return unit === null
    ? 'Its workers work on meanwhile: jrctl daemon --take-over'
    : `Restart it: jrctl install --enable (says what becomes of running work), or systemctl restart ${unit}`
}
