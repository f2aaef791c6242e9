import type {
  ActionCounts,
  CycleView,
  PassCounts,
  PassView,
  RuleFigures,
} from '../../contract/orchestrator.ts'
import { durationFigures } from '../../domain/metrics/percentiles.ts'

/** What is counted of the cycle since the daemon's start. */
export interface CycleFigures {
  passed(pass: PassView): void
  failed(): void
  view(): Pick<CycleView, 'passes' | 'durations' | 'actions' | 'rules'>
}

/** Of the latest passes; at one every two seconds the last half hour. */
const durationsMax = 1_000
/** Rules by name; a configuration has some tens. */
const rulesMax = 200

export function createCycleFigures(): CycleFigures {
  const passes: PassCounts = { total: 0, acted: 0, observed: 0, idle: 0, failed: 0 }
  const actions: ActionCounts = { executed: 0, failed: 0 }
  const rules = new Map<string, RuleFigures>()
  const durations: number[] = []
  let nextDuration = 0

  const figuresOf = (rule: string): RuleFigures => {
    const figures = rules.get(rule) ?? {
      decided: 0,
      executed: 0,
      failed: 0,
      cleared: 0,
      persists: 0,
      unknown: 0,
    }
    if (rules.size < rulesMax) rules.set(rule, figures)
    return figures
  }

  return {
    passed({ kind, durationMs, executions, outcomes }) {
      passes.total += 1
      if (kind !== 'dry_run') passes[kind] += 1
      durations[nextDuration] = durationMs
      nextDuration = (nextDuration + 1) % durationsMax
      for (const { decision, state } of executions) {
        const figures = figuresOf(decision.rule)
        figures.decided += 1
        if (state === 'executed') {
          figures.executed += 1
          actions.executed += 1
        } else if (state !== 'observed') {
          figures.failed += 1
          actions.failed += 1
        }
      }
      for (const { rule, outcome } of outcomes) figuresOf(rule)[outcome] += 1
    },
    failed() {
      passes.total += 1
      passes.failed += 1
    },
    view: () => ({
      passes: { ...passes },
      durations: durationFigures(durations.toSorted((one, other) => one - other)),
      actions: { ...actions },
      rules: Object.fromEntries([...rules].map(([name, figures]) => [name, { ...figures }])),
    }),
  }
}
