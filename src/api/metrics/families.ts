import type { MetricsView } from '../../contract/metrics.ts'
import type { StatusView } from '../../contract/views.ts'
import { agentFamilies } from './agents.ts'
import { capacityFamilies } from './capacity.ts'
import { cycleFamilies } from './cycle.ts'
import { type Family, gauge, info } from './family.ts'
import { fleetFamilies } from './fleet.ts'
import { gatewayFamilies } from './gateway.ts'
import { systemFamilies } from './system.ts'
import { trafficFamilies } from './traffic.ts'

export interface Measured {
  metrics: MetricsView
  /** Null: it could not be asked for, since the database is away and was never seen. */
  status: StatusView | null
  /** The last entry of this node's ledger. */
  lastLedgerId: number
}

/** All that the daemon measures, as metrics. */
export function familiesOf({ metrics, status, lastLedgerId }: Measured): Family[] {
  return [
    info('jrctl_build', 'The version of this daemon.', { version: metrics.system.version }),
    ...systemFamilies(metrics.system),
    gauge('jrctl_ledger_last_entry', "The number of the last entry in this node's ledger.", lastLedgerId),
    gauge('jrctl_database_up', 'Whether the queue’s database answers (1) or not (0).', upOf(status)),
    ...(status === null ? [] : [...fleetFamilies(status), ...capacityFamilies(status)]),
    ...agentFamilies(metrics.agents),
    ...(metrics.gateway === undefined ? [] : gatewayFamilies(metrics.gateway)),
    ...cycleFamilies(metrics, status),
    ...(metrics.api === undefined ? [] : trafficFamilies(metrics.api)),
  ]
}

function upOf(status: StatusView | null): number {
  return status?.database.state === 'up' ? 1 : 0
}
