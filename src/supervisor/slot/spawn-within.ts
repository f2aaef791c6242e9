import { OperationalError } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { HostedProcess, ProcessHost, SpawnSpec } from '../../ports/process-host.ts'
import { waitText } from './exit-text.ts'

/**
 * A spawn with a deadline (a start hangs where a log lies on a network file system that is away). Throws what the host
 * throws, or OperationalError `process.deadline`; then `onLate` gets whatever still comes of it.
 */
export async function spawnWithin(
  { host, clock }: { host: ProcessHost; clock: Clock },
  spec: SpawnSpec,
  deadlineMs: number,
  onLate: (spawning: Promise<HostedProcess>) => void,
): Promise<HostedProcess> {
  const spawning = host.spawn(spec)
  const over = new AbortController()
  const timeUp = clock.sleep(deadlineMs, over.signal).then(
    () => null,
    () => null,
  )
  try {
    const hosted = await Promise.race([spawning, timeUp])
    if (hosted !== null) return hosted
  } finally {
    over.abort()
  }
  onLate(spawning)
  throw new OperationalError(`not started within ${waitText(deadlineMs)}`, {
    code: 'process.deadline',
    retryable: true,
  })
}
