import { z } from 'zod'
import { deadLetterKinds, deadLetterLimits, parseDeadLetterId } from '../domain/dead-letter.ts'
import { ledgerLevels } from '../domain/ledger-event.ts'
import { taskLimits, taskStatuses, type Json } from '../domain/task.ts'
import { busInputs } from './bus-inputs.ts'
import { campaignInputs, campaignNamed } from './campaign-inputs.ts'
import { epochMs, fromText, id, text } from './fields.ts'
import { logInputs } from './log-inputs.ts'
import { apiLimits, workerActions, type RouteName } from './routes.ts'

const leaseMs = z.int().min(apiLimits.leaseMsMin).max(apiLimits.leaseMsMax)
const json: z.ZodType<Json> = z.json()
const smallInt = z.int().min(-32_768).max(32_767)

const taskFields = {
  title: text(taskLimits.titleBytes, 1),
  description: text(taskLimits.descriptionBytes).optional(),
  assignedJr: text(taskLimits.jrNameBytes, 1).nullable().optional(),
  priority: smallInt.optional(),
  sacredFirePriority: z.int().min(0).max(10).optional(),
  channel: text(taskLimits.channelBytes, 1).nullable().optional(),
  score: z.number().min(taskLimits.scoreMin).max(taskLimits.scoreMax).nullable().optional(),
  /** Its number or its name; not beside campaignId. */
  campaign: campaignNamed.nullable().optional(),
  campaignId: z.int().min(1).max(Number.MAX_SAFE_INTEGER).nullable().optional(),
  scheduledAt: epochMs.nullable().optional(),
  maxAttempts: z.int().min(1).max(100).optional(),
  tags: z.array(text(taskLimits.tagBytes, 1)).max(taskLimits.tagCount).optional(),
}

export const newTask = z.strictObject({
  ...taskFields,
  source: text(200, 1).optional(),
  createdBy: text(200, 1).optional(),
  urgent: z.boolean().optional(),
})

const deadLetterId = z.string().transform((written, context) => {
  const letter = parseDeadLetterId(written)
  if (letter !== undefined) return letter
  context.addIssue({
    code: 'custom',
    message: `${JSON.stringify(written)} is no dead letter's id, such as 42`,
  })
  return z.NEVER
})
/** Deaths: each with the version at which it was seen, so that a later one is not meant. */
const deaths = z.strictObject({
  letters: z
    .array(z.strictObject({ id: deadLetterId, version: z.int().min(0) }))
    .min(1)
    .max(deadLetterLimits.batch),
})

const atLeastOneChange = (changes: object) => Object.keys(changes).length > 1

/** What each route takes. Zod schemas; imported by the server alone, by the others for their types. */
export const inputs = {
  health: z.object({}),
  ready: z.object({}),
  status: z.object({}),
  listTasks: z.strictObject({
    /** Comma-separated in the query. */
    statuses: z.preprocess(
      (value) => (typeof value === 'string' ? value.split(',') : value),
      z.array(z.enum(taskStatuses)).max(taskStatuses.length).optional(),
    ),
    jr: text(taskLimits.jrNameBytes, 1).optional(),
    search: text(taskLimits.titleBytes, 1).optional(),
    channel: text(taskLimits.channelBytes, 1).optional(),
    campaign: campaignNamed.optional(),
    before: id.optional(),
    limit: fromText(z.int().min(1).max(apiLimits.listLimit).default(100)),
  }),
  getTask: z.strictObject({ id }),
  whyTask: z.strictObject({ id }),
  addTasks: z.strictObject({ tasks: z.array(newTask).min(1).max(taskLimits.importRows) }),
  setTask: z
    .strictObject({ id, ...taskFields, title: taskFields.title.optional() })
    .refine(atLeastOneChange, 'names nothing to change'),
  cancelTask: z.strictObject({ id, reason: text(apiLimits.reasonBytes).default('') }),
  retryTask: z.strictObject({ id }),
  urgentTask: z.strictObject({ id, undo: z.boolean().default(false) }),
  ...campaignInputs,
  listDeadLetters: z.strictObject({
    /** Comma-separated in the query. */
    kinds: z.preprocess(
      (value) => (typeof value === 'string' ? value.split(',') : value),
      z.array(z.enum(deadLetterKinds)).max(deadLetterKinds.length).optional(),
    ),
    jr: text(taskLimits.jrNameBytes, 1).optional(),
    search: text(taskLimits.titleBytes, 1).optional(),
    since: fromText(epochMs.optional()),
    before: id.optional(),
    limit: fromText(z.int().min(1).max(apiLimits.listLimit).default(100)),
  }),
  lookDeadLetters: z.strictObject({ ids: z.array(deadLetterId).min(1).max(deadLetterLimits.batch) }),
  replayDeadLetters: deaths,
  purgeDeadLetters: deaths,
  getDeadLetter: z.strictObject({ id: deadLetterId }),
  claimAttempts: z.strictObject({
    jr: text(taskLimits.jrNameBytes, 1),
    acceptUnassigned: z.boolean().default(false),
    /** Who claims: JRCTL_WORKER_ID of a supervised worker, or a name of its own. */
    worker: text(100, 1).optional(),
    leaseMs: leaseMs.optional(),
    count: z.int().min(1).max(apiLimits.claimCount).default(1),
    /** How long to wait for work when there is none. */
    waitMs: z.int().min(0).max(apiLimits.claimWaitMs).default(0),
  }),
  renewAttempt: z.strictObject({ leaseMs: leaseMs.optional() }),
  progressAttempt: z.strictObject({
    percent: z.number().min(0).max(100),
    note: text(apiLimits.reasonBytes).nullable().optional(),
  }),
  completeAttempt: z.strictObject({ result: json.default(null) }),
  failAttempt: z.strictObject({
    error: text(taskLimits.errorBytes, 1),
    kind: z.enum(['attempt', 'asked', 'final']).default('attempt'),
    result: json.optional(),
  }),
  releaseAttempt: z.strictObject({ reason: text(apiLimits.reasonBytes).default('') }),
  /** As §5 of the specification spells it. */
  acquireCapacity: z.strictObject({
    /** Who shows an attempt key need not name it. */
    task_id: id.optional(),
    /** Units it will probably cost. */
    amount: z.number().min(0).max(apiLimits.acquireAmount).default(1),
    wait_ms: z.int().min(0).max(apiLimits.acquireWaitMs).default(0),
  }),
  settleCapacity: z.strictObject({
    grant: text(100, 1),
    /** Units that it did cost. */
    used: z.number().min(0).max(apiLimits.acquireAmount),
  }),
  orchestratorSnapshot: z.object({}),
  runOrchestrator: z.strictObject({
    /** Only say what would be done. */
    dryRun: z.boolean().default(false),
  }),
  enableOrchestrator: z.object({}),
  disableOrchestrator: z.object({}),
  orchestratorStatus: z.object({}),
  orchestratorDecisions: z.strictObject({
    rule: text(100, 1).optional(),
    /** Older than this moment, epoch milliseconds. */
    before: fromText(epochMs.optional()),
    limit: fromText(z.int().min(1).max(apiLimits.listLimit).default(20)),
  }),
  metrics: z.object({}),
  listWorkers: z.object({}),
  getWorker: z.strictObject({ name: text(taskLimits.jrNameBytes, 1) }),
  commandWorker: z.strictObject({
    name: text(taskLimits.jrNameBytes, 1),
    action: z.enum(workerActions),
    /** To `scale`: how many. */
    instances: z.int().min(0).max(apiLimits.instances).optional(),
    /** To `start`, `stop` or `restart`: this one alone, from 1. */
    instance: z.int().min(1).max(apiLimits.instances).optional(),
  }),
  readLedger: z.strictObject({
    type: text(100, 1).optional(),
    taskId: id.optional(),
    worker: text(taskLimits.jrNameBytes, 1).optional(),
    level: z.enum(ledgerLevels).optional(),
    since: fromText(epochMs.optional()),
    afterId: fromText(z.int().min(0).optional()),
    /** Only entries before this one; without afterId the last of these. */
    beforeId: fromText(z.int().min(1).optional()),
    limit: fromText(z.int().min(1).max(apiLimits.ledgerLimit).default(100)),
  }),
  verifyLedger: z.object({}),
  listTaskRows: z.strictObject({
    after: fromText(z.int().min(0).default(0)),
    limit: fromText(z.int().min(1).max(apiLimits.listLimit).default(apiLimits.listLimit)),
  }),
  events: z.object({}),
  ...logInputs,
  ...busInputs,
  reload: z.object({}),
  shutdown: z.object({
    /** What becomes of the workers; by default what the configuration says. */
    workers: z.enum(['stop', 'leave']).optional(),
    /** The pid of the daemon that takes over. */
    successor: z.int().min(1).optional(),
  }),
} as const satisfies Record<RouteName, z.ZodType>

/** What a handler receives: after coercion and defaults. */
export type Parsed<Name extends RouteName> = z.output<(typeof inputs)[Name]>
export type NewTaskInput = z.input<typeof newTask>

/** Keys with a default need not be given. */
type Given<Name extends RouteName, Required extends keyof Parsed<Name> = never> = Pick<
  Parsed<Name>,
  Required
> &
  Partial<Parsed<Name>>

/** What a caller passes. (Zod's own input types are `unknown` wherever text is turned into numbers.) */
export interface Inputs extends Record<RouteName, object> {
  health: Record<string, never>
  ready: Record<string, never>
  status: Record<string, never>
  listTasks: Given<'listTasks'>
  getTask: Given<'getTask', 'id'>
  whyTask: Given<'whyTask', 'id'>
  addTasks: Given<'addTasks', 'tasks'>
  setTask: Given<'setTask', 'id'>
  cancelTask: Given<'cancelTask', 'id'>
  retryTask: Given<'retryTask', 'id'>
  urgentTask: Given<'urgentTask', 'id'>
  listCampaigns: Given<'listCampaigns'>
  addCampaign: Given<'addCampaign', 'name'>
  setCampaign: Given<'setCampaign', 'campaign'>
  listDeadLetters: Given<'listDeadLetters'>
  lookDeadLetters: Given<'lookDeadLetters', 'ids'>
  replayDeadLetters: Given<'replayDeadLetters', 'letters'>
  purgeDeadLetters: Given<'purgeDeadLetters', 'letters'>
  getDeadLetter: Given<'getDeadLetter', 'id'>
  claimAttempts: Given<'claimAttempts', 'jr'>
  renewAttempt: Given<'renewAttempt'>
  progressAttempt: Given<'progressAttempt', 'percent'>
  completeAttempt: Given<'completeAttempt'>
  failAttempt: Given<'failAttempt', 'error'>
  releaseAttempt: Given<'releaseAttempt'>
  acquireCapacity: Given<'acquireCapacity'>
  settleCapacity: Given<'settleCapacity', 'grant' | 'used'>
  orchestratorSnapshot: Record<string, never>
  runOrchestrator: Given<'runOrchestrator'>
  enableOrchestrator: Record<string, never>
  disableOrchestrator: Record<string, never>
  orchestratorStatus: Record<string, never>
  orchestratorDecisions: Given<'orchestratorDecisions'>
  metrics: Record<string, never>
  listWorkers: Record<string, never>
  getWorker: Given<'getWorker', 'name'>
  commandWorker: Given<'commandWorker', 'name' | 'action'>
  readLedger: Given<'readLedger'>
  verifyLedger: Record<string, never>
  listTaskRows: Given<'listTaskRows'>
  events: Record<string, never>
  followLog: Given<'followLog'>
  publishBus: Given<'publishBus', 'topic'>
  requestBus: Given<'requestBus', 'topic'>
  replyBus: Given<'replyBus', 'request_id'>
  subscribeBus: Given<'subscribeBus', 'topic'>
  reload: Record<string, never>
  shutdown: Given<'shutdown'>
}
