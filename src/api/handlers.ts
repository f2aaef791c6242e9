import type { Parsed } from '../contract/inputs.ts'
import type { Outputs, WorkersView } from '../contract/outputs.ts'
import {
  type InstanceAction,
  instanceActions,
  type PlainRoute,
  type WorkerAction,
} from '../contract/routes.ts'
import { apiVersion } from '../contract/views.ts'
import { closedUntil } from '../domain/cycle/windows.ts'
import { jrName, taskId } from '../domain/ids.ts'
import type { WorkerCommand } from '../supervisor/supervisor.ts'
import { campaignHandlers, campaignOf } from './campaigns.ts'
import { deadLetterHandlers } from './dead-letters.ts'
import type { Presence } from './attempts/presence.ts'
import { createAttemptHandlers } from './attempts/routes.ts'
import type { BusCallers } from './bus/callers.ts'
import { createBusHandlers } from './bus/routes.ts'
import type { Caller } from './caller.ts'
import type { OpenGrants } from './capacity/open-grants.ts'
import { createCapacityHandlers } from './capacity/routes.ts'
import { orchestratorHandlers } from './orchestrator.ts'
import { readinessOf } from './readiness.ts'
import { Refusal } from './refusal.ts'
import type { DaemonServices } from './services.ts'
import { present } from './present.ts'
import { withCampaigns } from './task-campaigns.ts'
import { deletionOf, finishedBy } from './task-history.ts'
import { changeOf, taskNotFound } from './verdicts.ts'
import { answerWhy, blockerOf } from './why.ts'
import { workerDetail, workerNotFound } from './worker-detail.ts'

export type { PlainRoute }

/** One function a route: parsed input in, the contract's shape out; refusals are thrown. `by` is who asks. */
export type Handlers = {
  [Name in PlainRoute]: (input: Parsed<Name>, by: string, caller: Caller) => Promise<Outputs[Name]>
}

export function createHandlers(
  services: DaemonServices,
  { presence, grants, callers }: { presence: Presence; grants: OpenGrants; callers: BusCallers },
): Handlers {
  const { queue, ledger, campaigns } = services
  const { keys } = services.attempts
  return {
    health: async (_, __, { isStranger }) => ({
      apiVersion,
      ok: true,
      ...(isStranger === true ? {} : { daemon: services.identity() }),
    }),
    ready: async () => readinessOf(await services.status()),
    status: () => services.status(),

    async listTasks({ statuses, jr, search, channel, campaign, before, limit }) {
      const tasks = await queue.list(
        present({
          limit,
          statuses,
          search,
          channel,
          campaignId: campaign === undefined ? undefined : (await campaignOf(campaigns, campaign)).id,
          jrName: jr === undefined ? undefined : jrName(jr),
          before: before === undefined ? undefined : taskId(before),
        }),
      )
      return { apiVersion, tasks, nextBefore: tasks.length < limit ? null : (tasks.at(-1)?.id ?? null) }
    },
    async getTask({ id }) {
      const detail = await queue.get(taskId(id))
      if (!detail) throw taskNotFound(id, deletionOf(ledger, taskId(id)))
      const { campaignId } = detail.task
      const [campaign] = campaignId === null ? [] : await campaigns.find([{ id: campaignId }])
      return {
        apiVersion,
        ...detail,
        finishedBy: finishedBy(ledger, detail.task),
        campaignName: campaign?.name ?? null,
      }
    },
    whyTask: async ({ id }) => answerWhy(services, taskId(id)),
    async addTasks({ tasks }, by) {
      return { apiVersion, ids: await queue.add((await withCampaigns(campaigns, tasks)).map(present), by) }
    },
    async setTask({ id, ...asked }, by) {
      const [changes = {}] = await withCampaigns(campaigns, [asked])
      return changeOf(id, 'changed', await queue.set(taskId(id), present(changes), by))
    },
    async cancelTask({ id, reason }, by) {
      return changeOf(id, 'cancelled', await queue.cancel(taskId(id), by, reason))
    },
    async retryTask({ id }, by) {
      return changeOf(id, 'retried', await queue.retry(taskId(id), by))
    },
    async urgentTask({ id, undo }, by) {
      const { verdict, position } = await services.urgent(taskId(id), by, undo)
      // Spec §5: a finished task is, like an unknown one, not there to be made urgent.
      if (verdict.kind === 'refused') {
        throw new Refusal(404, 'task.finished', `Task ${id} is ${verdict.status} and takes no more urgency`)
      }
      const change = changeOf(id, 'made urgent', verdict)
      return {
        ...change,
        position,
        closedUntil: closedUntil(services.windows(), change.task.channel),
        blocker: undo || position !== null ? null : await blockerOf(services, taskId(id)),
      }
    },

    ...campaignHandlers(campaigns, ledger),

    ...deadLetterHandlers(services.deadLetters),

    ...createAttemptHandlers(services.attempts, presence),

    ...createBusHandlers(services.bus, callers),

    ...createCapacityHandlers({ capacity: services.capacity, keys }, presence, grants),

    ...orchestratorHandlers(services.orchestrator),

    metrics: async () => services.metrics(),
    listWorkers: async () => ({ apiVersion, workers: services.workers(), breaker: services.breaker() }),
    getWorker: async ({ name }) => workerDetail(services, jrName(name)),
    async commandWorker({ name, action, ...which }, by): Promise<WorkersView> {
      const verdict = await services.commandWorker(jrName(name), workerCommand(action, which), by)
      if (verdict.kind === 'refused') throw new Refusal(409, 'worker.refused', verdict.reason)
      if (verdict.kind === 'not_found') throw workerNotFound(name, verdict.known)
      return { apiVersion, workers: verdict.workers }
    },

    async readLedger({ taskId: id, ...filter }) {
      const entries = ledger.read(present({ ...filter, taskId: id === undefined ? undefined : taskId(id) }))
      return { apiVersion, entries }
    },
    verifyLedger: async () => ({ apiVersion, ...(await ledger.verify()) }),
    listTaskRows: async ({ after, limit }) => ({
      apiVersion,
      rows: await services.taskRows.rows(after, limit),
    }),

    async reload(_, by) {
      const verdict = await services.reload(by)
      if (verdict.kind === 'reloaded') return { apiVersion, changed: verdict.changed }
      throw new Refusal(
        409,
        'config.refused',
        `The new configuration is refused, the old one stays:\n${verdict.problems.join('\n')}`,
        'Mend it and check it with `jrctl config check`.',
      )
    },
    async shutdown(wish, by) {
      return { apiVersion, stopping: true, workers: services.shutdown(by, present(wish)) }
    },
  }
}

function workerCommand(
  action: WorkerAction,
  { instances, instance }: Pick<Parsed<'commandWorker'>, 'instances' | 'instance'>,
): WorkerCommand {
  if (instance !== undefined && !isInstanceAction(action))
    throw new Refusal(400, 'request.invalid', `instance: ${action} is of all instances of a worker`)
  if (isInstanceAction(action)) return { kind: action, ...present({ instance }) }
  if (action !== 'scale') return { kind: action }
  if (instances === undefined) throw new Refusal(400, 'request.invalid', 'instances: say how many, from 0')
  return { kind: 'scale', instances }
}

function isInstanceAction(action: WorkerAction): action is InstanceAction {
  return (instanceActions as readonly WorkerAction[]).includes(action)
}
