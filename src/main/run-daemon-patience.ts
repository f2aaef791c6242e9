import type { Clock, Timer } from '../ports/clock.ts'
import type { ServiceManager } from '../ports/service-manager.ts'

const tellEveryMs = 10_000
const extendMs = 30_000
/** A start that takes longer than this is none, whatever it says: making a database, migrating it, booting all layers. */
const startMsMax = 15 * 60_000

/** Asks a service manager for patience while the daemon starts, which may take longer than a unit's usual. Until stopped. */
export function askForPatience(manager: ServiceManager, clock: Clock): { stop(): void } {
  const startedMs = clock.monotonicMs()
  let timer: Timer
  const tell = (): void => {
    if (clock.monotonicMs() - startedMs > startMsMax) return
    manager.tell({ status: 'Starting', extendMs })
    timer = clock.after(tellEveryMs, tell, { background: true })
  }
  timer = clock.after(tellEveryMs, tell, { background: true })
  return { stop: () => timer.cancel() }
}
