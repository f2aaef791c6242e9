import type { WorkerView } from '../../../src/domain/worker.ts'
import { safe } from '../../../src/text/fit.ts'

export function workerId({ name, slot }: WorkerView): string {
  return `${name} ${slot}`
}

export function workerLabel({ name, slot }: WorkerView): string {
  return slot > 1 ? `${safe(name)} #${slot}` : safe(name)
}
