import type { InstallStep } from './step.ts'

/**
 * Whether two plans change the same things that last: files, folders, crontabs, what is enabled. What runs comes and goes between two
 * looks (a health check, a worker that starts), and each step about it looks for itself.
 */
export function isSameWork(one: readonly InstallStep[], other: readonly InstallStep[]): boolean {
  return JSON.stringify(lasting(one)) === JSON.stringify(lasting(other))
}

const passing: ReadonlySet<InstallStep['kind']> = new Set([
  'reload',
  'reload_daemon',
  'start',
  'stop',
  'stop_daemon',
  'end_left',
  'end_processes',
] as const)

function lasting(steps: readonly InstallStep[]): unknown[] {
  return steps
    .filter(({ kind }) => !passing.has(kind))
    .map((step) => {
      // A folder grows meanwhile, and an old fleet's unit may have failed.
      if (step.kind === 'remove_tree') return { kind: step.kind, path: step.path }
      if (step.kind === 'switch_off') return { kind: step.kind, name: step.unit.name, owner: step.unit.owner }
      return step
    })
}
