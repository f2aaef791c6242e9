import { attemptKeyText } from '../domain/attempt-key.ts'
import { dialectsVariable, llmDialects, llmVariables, variablesOf } from '../domain/llm-variables.ts'
import type { Claimed } from '../ports/task-queue.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Whose calls they are. */
interface KeyedAttempt {
  claimed: Claimed
  attemptKey: string
}

/**
 * A worker's environment with the SDKs' variables (base URL, key) turned towards the gateway, so that a program which knows
 * nothing of jrctl asks there, in its attempt's name. Other keys of theirs are taken out: they would lead around it.
 * @param attempt null: of a program that does many tasks, and is given the key with each
 */
export function throughGateway(own: Environment, attempt: KeyedAttempt | null): Environment {
  const url = own['JRCTL_GATEWAY_URL']?.replace(/\/+$/, '')
  if (url === undefined || url === '') return own
  const environment: Record<string, string | undefined> = { ...own }
  for (const dialect of dialectsOf(own)) {
    const { baseUrl, path, key } = llmVariables[dialect]
    for (const name of variablesOf(dialect)) delete environment[name]
    environment[baseUrl] = `${url}${path}`
    if (attempt !== null) environment[key] = keyOf(attempt)
  }
  return environment
}

function dialectsOf(own: Environment) {
  const told = own[dialectsVariable]?.split(',')
  return llmDialects.filter((dialect) => told === undefined || told.includes(dialect))
}

/** With the task's id, so that the gateway can say of an attempt that has ended what became of it. */
function keyOf({ claimed, attemptKey }: KeyedAttempt): string {
  return attemptKeyText(claimed.task.id, attemptKey)
}
