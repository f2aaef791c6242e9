import type { OrchestratorLineView } from '../contract/orchestrator.ts'
import { fit, safe } from '../text/fit.ts'
import { age } from '../text/format.ts'
import type { Output } from './output.ts'

const styles = { healthy: 'green', degraded: 'yellow', critical: 'red' } as const

/** The cycle on one line; nothing from a daemon that knows of none, or while another node leads and so knows better. */
export function orchestratorLines(
  cycle: OrchestratorLineView | undefined,
  heading: string,
  output: Output,
  nowMs: number,
): string[] {
  if (cycle === undefined || !cycle.leads || cycle.enabled === null) return []
  const { enabled, mode, health, lastDecisions, problem } = cycle
  const decisions = lastDecisions.map(({ rule, state, at }) =>
    [`${safe(rule)} ${age(nowMs - at)} ago`, ...(state === 'executed' ? [] : [state])].join(', '),
  )
  const facts = [
    ...(enabled && health !== null
      ? [`${output.style(styles[health.status], health.status)} ${health.score}/100`]
      : []),
    ...(decisions.length === 0 ? [] : [`last: ${decisions.join('; ')}`]),
  ]
  const state = enabled ? (mode === 'observe' ? output.style('yellow', 'observes') : 'on') : 'off'
  return [
    heading + [state, ...facts].join(' · '),
    ...(problem === null
      ? []
      : [heading.replace(/\S/g, ' ') + output.style('red', fit(safe(problem), output.columns - 10))]),
  ]
}
