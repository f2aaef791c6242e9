import { assignTasks, type Candidate } from '../../domain/assignment.ts'
import type { JrName } from '../../domain/ids.ts'
import type { ClusterDuties } from '../../ports/cluster-duties.ts'
import type { Mandate } from '../../ports/leadership.ts'
import type { Duty } from '../duty.ts'
import { createJudges } from './judges.ts'
import { createLeaderDuty, type LeaderDutyDeps } from './leader-duty.ts'

export interface AssignmentDeps extends LeaderDutyDeps {
  duties: ClusterDuties
  offlineAfterMs: number
}

/** Without a notice; spec §2. */
const everyMs = 60_000
/** Nothing tells of a Jr that came online; while work waits for one it is looked for more often. */
const waitingEveryMs = 5_000
/** Work that comes in a flood is given out once a second. */
const minGapMs = 1_000
/** Tasks that one statement assigns; its locks are short. */
const batch = 20
/** Tasks that one statement reads. */
const page = 200
/** Pages of one pass, so that it shares the loop and the database; the next one goes on. */
const pagesMax = 5
/** Broken expressions beyond these are not told. */
const toldBrokenMax = 100
/** Waiting tasks are counted no further. */
const countedMax = 10_000

/**
 * Names Jrs for unassigned tasks (spec §2), in the order of claims. Tasks that nobody accepts stay at the head of the line,
 * so a pass that could not look at all of it is followed by one that begins behind them: they hold up nobody.
 */
export function createAssignment(deps: AssignmentDeps): Duty {
  const { duties, leader } = deps
  const logger = deps.logger.child({ part: 'assignment' })
  let skip = 0
  const judges = createJudges()
  const toldBroken = new Set<string>()
  let told: 'served' | 'nobody online' | 'nobody accepts' = 'served'

  async function run(mandate: Mandate): Promise<number | undefined> {
    const candidates = await candidatesNow()
    if (candidates.length === 0) return withNobody()
    const given = new Map<JrName, number>()
    const outcome = await handOut(mandate, candidates, given)
    if (given.size > 0) logger.info({ tasks: sum(given) }, `assigned ${listOf(given)}`)
    if (outcome === 'more') return 0
    if (outcome === 'deposed') return undefined
    tellWaiting(outcome === 'all' ? 'served' : 'nobody accepts')
    return outcome === 'all' ? undefined : waitingEveryMs
  }

  async function candidatesNow(): Promise<Candidate[]> {
    const [online, acceptances] = await Promise.all([
      duties.onlineJrs(deps.offlineAfterMs),
      duties.acceptances(),
    ])
    const judge = await judges(acceptances, tellBroken)
    return online.map(({ jrName, load }) => ({ name: jrName, load, accepts: (task) => judge(jrName, task) }))
  }

  async function handOut(
    mandate: Mandate,
    online: Candidate[],
    given: Map<JrName, number>,
  ): Promise<'all' | 'left' | 'more' | 'deposed'> {
    let candidates = online
    for (let pages = 0; pages < pagesMax; pages += 1) {
      const tasks = await duties.unassigned(skip, page)
      for (let from = 0; from < tasks.length; from += batch) {
        const decided = assignTasks(tasks.slice(from, from + batch), candidates)
        candidates = decided.candidates
        skip += decided.left.length
        if (decided.placements.length === 0) continue
        const done = leader.accepted(mandate, await duties.assign(mandate, decided.placements))
        if (done === null) return 'deposed'
        for (const { taskId, jrName } of decided.placements) {
          if (done.includes(taskId)) given.set(jrName, (given.get(jrName) ?? 0) + 1)
        }
      }
      if (tasks.length < page) {
        const outcome = skip > 0 ? 'left' : 'all'
        skip = 0
        return outcome
      }
    }
    return 'more'
  }

  async function withNobody(): Promise<number | undefined> {
    const count = await duties.countUnassigned(countedMax)
    tellWaiting(count === 0 ? 'served' : 'nobody online', count)
    return count === 0 ? undefined : waitingEveryMs
  }

  /** Each reason once; the configuration was checked, so this is about the tasks, or another node's version. */
  function tellBroken(jr: JrName, when: string, reason: string): void {
    const key = JSON.stringify([jr, when, reason])
    if (toldBroken.has(key) || toldBroken.size >= toldBrokenMax) return
    toldBroken.add(key)
    logger.warn({ jr, when }, `what ${jr} accepts cannot be told, so it gets no such task: ${reason}`)
  }

  /** Once, and again when it changes. */
  function tellWaiting(now: typeof told, count = 0): void {
    if (now === told) return
    told = now
    if (now === 'served') logger.info({}, 'no task waits for a Jr any more')
    else if (now === 'nobody accepts')
      logger.warn({}, 'tasks stay without a Jr: none of those online accepts them')
    else {
      const tasks =
        count >= countedMax
          ? `${countedMax} tasks or more wait`
          : `${count} ${count === 1 ? 'task waits' : 'tasks wait'}`
      logger.warn({ tasks: count }, `${tasks} without a Jr, and no Jr is online`)
    }
  }

  return createLeaderDuty({ name: 'assigning tasks', everyMs, minGapMs, run }, { ...deps, logger })
}

function sum(given: ReadonlyMap<JrName, number>): number {
  return [...given.values()].reduce((total, tasks) => total + tasks, 0)
}

/** More names than this would not make a line clearer. */
const namedMax = 5

function listOf(given: ReadonlyMap<JrName, number>): string {
  const named = [...given].slice(0, namedMax).map(([name, tasks]) => `${tasks} to ${name}`)
  return named.join(', ') + (given.size > namedMax ? ` and others to ${given.size - namedMax} more` : '')
}
