import { runLegacyWorker } from '../demo/legacy-worker.ts'
import type { Origin } from './origin.ts'
import { selfPaths } from './self.ts'
import { stopSignals } from './stop-signals.ts'

/** `jrctl demo legacy-worker NAME` */
export function runDemoLegacyWorker(name: string, { process, clock }: Origin): Promise<number> {
  const { env, stdout, stderr } = process
  return runLegacyWorker({
    name,
    env,
    clock,
    stdout,
    stderr,
    reportCommand: [selfPaths().path, 'demo', 'report'],
    signals: stopSignals(process),
  })
}
