import { stat } from 'node:fs/promises'
import type { Clock } from '../../ports/clock.ts'
import type { ReadinessProbe } from '../../ports/readiness-probe.ts'
import { awaitLine } from './await-line.ts'
import { connect } from './connect.ts'

/** The real thing: TCP, and the log files of the workers. */
export function createReadinessProbe(clock: Clock): ReadinessProbe {
  return {
    connect: (target, timeoutMs, signal) => connect(clock, target, timeoutMs, signal),
    logEnd: (file) =>
      stat(file).then(
        ({ size }) => size,
        () => 0,
      ),
    awaitLine: (watch, signal) => awaitLine(clock, watch, signal),
  }
}
