import type { ReadyCheck, WorkerDefinition } from '../config/policy.ts'
import { apiVersion } from '../contract/views.ts'
import type { WorkerDefinitionView, WorkerDetailView } from '../contract/workers.ts'
import { duration } from '../domain/duration-words.ts'
import type { JrName } from '../domain/ids.ts'
import { namesHint } from '../domain/nearest-name.ts'
import { Refusal } from './refusal.ts'
import type { DaemonServices } from './services.ts'

export function workerDetail(
  services: Pick<DaemonServices, 'workers' | 'breaker' | 'configured' | 'definitionOf'>,
  name: JrName,
): WorkerDetailView {
  const definition = services.definitionOf(name)
  if (definition === undefined) throw workerNotFound(name, services.configured())
  const breaker = services.breaker().workers.find((one) => one.name === name) ?? null
  return {
    apiVersion,
    name,
    instances: services.workers().filter((worker) => worker.name === name),
    breaker,
    definition: viewOf(definition),
  }
}

export function workerNotFound(name: string, known: readonly string[]): Refusal {
  return new Refusal(
    404,
    'worker.not_found',
    `There is no worker ${name}`,
    namesHint(name, known) ?? 'None is configured.',
  )
}

/** What may be shown: the values of variables are secrets until somebody says otherwise. */
function viewOf(definition: WorkerDefinition): WorkerDefinitionView {
  const { command, cwd, env, envPass, envInherit, instances, user, limits, schedule, accepts } = definition
  const { department, priority, dependsOn, layer, readyTimeoutMs } = definition
  const { restart, stopSignal, stopGraceMs, heartbeat } = definition
  return {
    command: [...command],
    cwd,
    environment: { set: Object.keys(env), passed: envPass, inherit: envInherit },
    instances,
    user: user ?? null,
    limits: limits ?? null,
    department,
    priority,
    dependsOn,
    layer,
    ready: readyWords(definition.ready),
    readyTimeoutMs,
    accepts: accepts === null ? null : { tags: accepts.tags && [...accepts.tags], when: accepts.when },
    restart,
    stopSignal,
    stopGraceMs,
    heartbeat,
    schedule: schedule === undefined ? null : { ...schedule },
  }
}

function readyWords(check: ReadyCheck): string {
  switch (check.kind) {
    case 'delay':
      return `alive for ${duration(check.delayMs)}`
    case 'heartbeat':
      return 'its first heartbeat'
    case 'port':
      return `${check.host}:${check.port} accepts connections`
    case 'command':
      return `${check.command.join(' ')} ends with 0`
    case 'log':
      return `a line of its log matches ${check.pattern}`
    default:
      check satisfies never
      return ''
  }
}
