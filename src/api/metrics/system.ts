import type { SystemFigures } from '../../contract/metrics.ts'
import { memoryLevels } from '../../domain/memory.ts'
import { type Family, gauge, series, summary } from './family.ts'
import { quantiles } from './quantiles.ts'

const mebibyte = 2 ** 20

/** The daemon itself. */
export function systemFamilies({
  uptimeMs,
  executionQueueSize,
  executionWaits,
  deadLetterQueueSize,
  memory,
}: SystemFigures): Family[] {
  const bytes = (megabytes: number | null) => (megabytes === null ? null : Math.round(megabytes * mebibyte))
  const level = (name: SystemFigures['memory']['heapLevel']) => memoryLevels.indexOf(name)
  return [
    gauge('jrctl_uptime_seconds', 'How long this daemon has run.', uptimeMs / 1000),
    gauge(
      'jrctl_execution_queue_runs',
      'Runs of scheduled workers that wait for their turn.',
      executionQueueSize,
    ),
    summary(
      'jrctl_execution_wait_seconds',
      'How long runs that began lately had waited.',
      quantiles(executionWaits),
    ),
    gauge('jrctl_dead_letters', "Dead letters in this node's copy.", deadLetterQueueSize),
    gauge('jrctl_heap_used_bytes', "What the daemon's JavaScript heap holds.", bytes(memory.heapUsedMB)),
    gauge('jrctl_heap_size_bytes', 'What that heap has taken from the system.', bytes(memory.heapTotalMB)),
    gauge('jrctl_heap_limit_bytes', 'Where V8 gives up.', bytes(memory.heapLimitMB)),
    gauge('jrctl_resident_memory_bytes', 'Resident memory of the daemon.', bytes(memory.rssMB)),
    gauge('jrctl_external_memory_bytes', 'Memory of the daemon beside its heap.', bytes(memory.externalMB)),
    gauge('jrctl_fleet_memory_bytes', 'Memory of the workers of this node together.', bytes(memory.fleetMB)),
    gauge(
      'jrctl_fleet_memory_budget_bytes',
      'What they may have together; absent: they have no budget.',
      bytes(memory.fleetBudgetMB),
    ),
    gauge('jrctl_memory_level', 'How pressing memory is: 0 normal, 1 warning, 2 critical.', [
      ...series(level(memory.heapLevel), { of: 'heap' }),
      ...series(level(memory.fleetLevel), { of: 'fleet' }),
    ]),
  ]
}
