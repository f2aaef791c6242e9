import { binary } from './binary.ts'
import { bus } from './bus/bus.ts'
import { capacity } from './capacity/capacity.ts'
import { cycle } from './cycle/cycle.ts'
import type { Measured } from './figure.ts'
import { gateway } from './gateway/gateway.ts'
import { idle } from './idle.ts'
import { notify } from './notify.ts'
import { claims } from './queue/claims.ts'
import { counts } from './queue/counts.ts'
import { horizon } from './queue/horizon.ts'
import { latency } from './queue/latency.ts'
import { installPeers } from './queue/peers.ts'
import { recovery } from './queue/recovery.ts'
import { type BenchServer, startServer } from './queue/server.ts'
import { throughput } from './queue/throughput.ts'
import { shortCommand } from './short-command.ts'
import { startUp } from './start-up.ts'
import { supervision } from './supervision/supervision.ts'
import { top } from './top/top.ts'

/** One part of RESULTS.md, measured as a whole. */
export interface Section {
  name: string
  title: string
  run(): Promise<Measured>
}

export const sections: readonly Section[] = [
  {
    name: 'fleet',
    title: 'The fleet',
    async run() {
      const figures = [
        ...(await startUp()),
        ...(await shortCommand()),
        ...(await idle()),
        ...(await notify()),
      ]
      return { figures }
    },
  },
  { name: 'binary', title: 'One executable', run: binary },
  queue('throughput', 'The queue: throughput', throughput),
  queue('latency', 'The queue: from enqueueing to the start', latency),
  queue('claims', 'The queue: claims in a full queue', claims),
  queue('counts', 'The queue: counts', counts),
  queue('recovery', 'The queue: killed workers', recovery),
  queue('horizon', 'The queue: under an old transaction', horizon),
  { name: 'gateway', title: 'The gateway', run: gateway },
  { name: 'capacity', title: 'The capacity core', run: capacity },
  { name: 'cycle', title: 'The autonomous cycle', run: cycle },
  { name: 'bus', title: 'The bus', run: bus },
  { name: 'supervision', title: 'The supervisor', run: supervision },
  { name: 'top', title: '`jrctl top`', run: top },
]

/** Every contender works on one and the same server, made for this section. */
function queue(part: string, title: string, measure: (server: BenchServer) => Promise<Measured>): Section {
  return {
    name: `queue-${part}`,
    title,
    async run() {
      installPeers()
      const server = await startServer()
      try {
        return await measure(server)
      } finally {
        await server.stop()
      }
    },
  }
}
