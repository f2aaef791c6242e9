import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { LoopDelay } from '../ports/loop-delay.ts'

/** Between two samples: what a person would feel is seen, and an idle daemon hardly wakes for it (0.02 % of a core). */
const resolutionMs = 250

/** Measured by a timer of libuv's, outside of JavaScript (perf_hooks, monitorEventLoopDelay). */
export function measureLoopDelay(): LoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs })
  histogram.enable()
  let cpu = process.cpuUsage()
  return {
    look() {
      const used = process.cpuUsage(cpu)
      const [p99, max] = [histogram.percentile(99), histogram.max]
      // What it counts is the time from sample to sample.
      const lateMs = (ns: number) => Math.max(0, ns / 1e6 - resolutionMs)
      const figures = {
        p99Ms: histogram.count === 0 ? 0 : lateMs(p99),
        maxMs: histogram.count === 0 ? 0 : lateMs(max),
        cpuMs: (used.user + used.system) / 1000,
      }
      histogram.reset()
      cpu = process.cpuUsage()
      return figures
    },
    stop: () => void histogram.disable(),
  }
}
