import { checksOf, type Check } from './check.ts'
import { judgeCgroup, judgeFleetMemory, judgeLimits } from './judge-bounds.ts'
import { judgeClock, judgeConfiguration, judgeSchedules, judgeTerminal } from './judge-circumstances.ts'
import { judgeDaemon } from './judge-daemon.ts'
import { judgeFiles } from './judge-files.ts'
import { judgeInstallation } from './judge-installation.ts'

import { judgeAlerts, judgePorts, judgeUpstreams } from './judge-network.ts'
import { judgeLibraries, judgeParcels } from './judge-package.ts'
import { judgeCron, judgeLingering, judgeOneFleet, judgeUnit } from './judge-services.ts'
import { judgeDisks, judgeMemory, judgeStateDir } from './judge-state.ts'
import { judgeWorkerUnits } from './judge-worker-units.ts'
import { judgeVersions } from './judge-versions.ts'
import type { MachineFacts } from './machine-facts.ts'

/** What the facts of a machine mean to an operator. Pure: the same facts are always judged the same. */
export function judgeMachine(facts: MachineFacts): Check[] {
  const { daemon, needs } = facts
  return [
    ...checksOf('machine.versions', facts.versions, judgeVersions),
    ...judgeConfiguration(facts.configuration),
    ...(facts.installation ? judgeInstallation(facts.installation) : []),
    ...judgeDaemon(daemon),
    ...checksOf('machine.state', facts.stateDir, (folder) => judgeStateDir(folder, facts.uid)),
    ...checksOf('machine.memory', facts.memory, judgeMemory),
    ...checksOf('machine.files', facts.files, (files) => judgeFiles(files, facts.uid)),
    ...checksOf('machine.disk', facts.disks, judgeDisks),
    ...checksOf('machine.clock', facts.clock, judgeClock),
    ...checksOf('machine.limits', facts.limits, (limits) => judgeLimits(limits, valueOf(needs))),
    ...checksOf('machine.fleet_memory', facts.hardware, (memory) => judgeFleetMemory(memory, valueOf(needs))),
    ...checksOf('machine.cgroup', facts.cgroup, (cgroup) =>
      judgeCgroup(cgroup, valueOf(needs), valueOf(facts.services)?.version ?? null),
    ),
    ...checksOf('machine.timezone', facts.schedules, judgeSchedules),
    ...judgeTerminal(facts.terminal),
    ...checksOf('package.libraries', facts.libraries, judgeLibraries),
    ...checksOf('package.parcels', facts.parcels, judgeParcels),
    ...checksOf('service.unit', facts.services, (services) => judgeUnit(services, daemon, facts.uid)),
    ...checksOf('service.workers', facts.workerUnits, judgeWorkerUnits),
    ...checksOf('service.lingering', facts.services, judgeLingering),
    ...checksOf('service.health_check', facts.cron, (cron) => judgeCron(cron, valueOf(facts.services))),
    ...checksOf('fleet.alone', facts.strangers, (strangers) =>
      judgeOneFleet(strangers, valueOf(facts.services), daemon),
    ),
    ...checksOf('network.ports', facts.ports, (ports) => judgePorts(ports, daemon, valueOf(facts.services))),
    ...checksOf('network.llm', facts.upstreams, judgeUpstreams),
    ...checksOf('network.alerts', facts.alerts, judgeAlerts),
  ]
}

/** Null: it was not seen, and the check that it is for says why. */
function valueOf<T>(part: { kind: 'seen'; value: T } | { kind: 'unseen' }): T | null {
  return part.kind === 'seen' ? part.value : null
}
