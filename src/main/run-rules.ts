import type { RuleDesk } from '../cli/rules/desk.ts'
import type { WorkerDefinition } from '../config/policy.ts'
import { decide } from '../domain/cycle/decide.ts'
import { rulesOf } from '../domain/cycle/rules/book.ts'
import { periodsMs } from '../domain/cycle/rules/periods.ts'
import type { JrName } from '../domain/ids.ts'
import { nearestName } from '../domain/nearest-name.ts'
import { UserError } from '../errors.ts'
import { compileConditions } from '../expressions/rule-conditions.ts'
import { readSavedSnapshot } from '../expressions/saved-snapshot.ts'
import type { Origin } from './origin.ts'
import { loadConfig } from './read-config.ts'

/** `jrctl rules`: the configuration's rules, in this process. Nothing is done with what they decide. */
export async function readRules(origin: Origin): Promise<RuleDesk> {
  const { policy, path } = await loadConfig(origin)
  const { orchestrator } = policy
  const conditions = await compileConditions(orchestrator.rules)
  const rules = rulesOf(orchestrator.rules, conditions)
  const means = { idOf: String, conditions, accepts: acceptsAll(policy.workers) }
  return {
    path,
    enabled: orchestrator.enabled,
    mode: orchestrator.mode,
    emergencyDeadLetter: orchestrator.emergencyDeadLetter,
    actionsMax: orchestrator.actionsMax,
    tasksMax: orchestrator.tasksMax,
    rules,
    periodsMs,
    decide: (snapshot, rests) => decide(snapshot, orchestrator, { rests }, means),
    readSnapshot,
    nearest: (name) =>
      nearestName(
        name,
        rules.map((rule) => rule.name),
      ),
  }
}

function readSnapshot(text: string, name: string): ReturnType<RuleDesk['readSnapshot']> {
  const read = readSavedSnapshot(text)
  if (read.kind === 'snapshot') return read.snapshot
  throw new UserError(`${name}: ${read.problem}`, {
    hint: 'save one by: jrctl orchestrator snapshot --json > snapshot.json',
  })
}

/** A snapshot does not tell enough of a task to judge what a Jr states of those it accepts. */
function acceptsAll(workers: readonly WorkerDefinition[]): (jr: JrName) => boolean {
  const choosy = new Set(workers.filter(({ accepts }) => accepts !== null).map(({ name }) => name))
  return (jr) => !choosy.has(jr)
}
