import type { AgentFigures } from '../../contract/metrics.ts'
import { counter, type Family, gauge, type Series, series, summary } from './family.ts'
import { quantiles } from './quantiles.ts'

/** The workers of this node, by Jr. */
export function agentFamilies(agents: readonly AgentFigures[]): Family[] {
  const each = (value: (agent: AgentFigures) => number | null): Series[] =>
    agents.flatMap((agent) => series(value(agent), { agent: agent.name }))
  return [
    gauge(
      'jrctl_agent_state',
      'In which state the best instance of a Jr is (always 1).',
      agents.flatMap(({ name, state, department }) =>
        series(1, { agent: name, state, department: department ?? '' }),
      ),
    ),
    gauge(
      'jrctl_agent_instances',
      'Instances of a Jr that are configured.',
      each(({ instances }) => instances),
    ),
    gauge(
      'jrctl_agent_running',
      'Those of them that run.',
      each(({ running }) => running),
    ),
    gauge(
      'jrctl_agent_priority',
      '1 critical, 2 important, 3 normal.',
      each(({ priority }) => priority),
    ),
    gauge(
      'jrctl_agent_dependency_depth',
      "How long the longest chain of a Jr's dependencies is.",
      each(({ dependencyDepth }) => dependencyDepth),
    ),
    summary(
      'jrctl_agent_duration_seconds',
      'How long the last 1,000 successful executions took.',
      agents.flatMap((agent) => quantiles(agent, { agent: agent.name })),
    ),
    gauge(
      'jrctl_agent_duration_average_seconds',
      'Their mean.',
      each(({ avgDurationMs }) => (avgDurationMs === null ? null : avgDurationMs / 1000)),
    ),
    counter(
      'jrctl_agent_executions',
      "Attempts at tasks on whatever node and this node's runs, by how they ended.",
      agents.flatMap(({ name, successes, failures }) =>
        series(successes, { agent: name, outcome: 'success' }).concat(
          series(failures, { agent: name, outcome: 'failure' }),
        ),
      ),
    ),
    counter(
      'jrctl_agent_restarts',
      'Restarts of its processes.',
      each(({ restarts }) => restarts),
    ),
    gauge(
      'jrctl_agent_restarts_of_day',
      'Those of the last day.',
      each(({ restartsOfDay }) => restartsOfDay),
    ),
    gauge(
      'jrctl_agent_score',
      'Performance from 0 to 100.',
      each(({ score }) => score?.total ?? null),
    ),
    gauge(
      'jrctl_agent_memory_bytes',
      'Memory of its processes.',
      each(({ memoryMB }) => (memoryMB === null ? null : Math.round(memoryMB * 2 ** 20))),
    ),
    gauge(
      'jrctl_agent_cpu_ratio',
      'Processor time of its processes; 1 is one processor.',
      each(({ cpuPercent }) => (cpuPercent === null ? null : cpuPercent / 100)),
    ),
    gauge(
      'jrctl_agent_last_end_timestamp_seconds',
      'When an execution of it last ended (Unix time).',
      each(({ lastEndedAt }) => (lastEndedAt === null ? null : lastEndedAt / 1000)),
    ),
  ]
}
