import type { UnitQuestion } from '../cli/local-services.ts'
import type { Policy, WorkerDefinition } from '../config/policy.ts'
import { namesHint } from '../domain/nearest-name.ts'
import { workerOfUnit } from '../domain/units/unit-name.ts'
import { exitCode, UserError } from '../errors.ts'

/** The worker that a unit, or a name, means. Throws UserError where it is none, or none of systemd's. */
export function workerMeant(
  question: UnitQuestion,
  policy: Pick<Policy, 'workers' | 'supervisor'>,
): { definition: WorkerDefinition; instance: number } {
  const { name, instance } = wanted(question)
  if (policy.supervisor.workers === 'spawn')
    throw new UserError(
      `${name} is not for systemd to run: the daemon runs the workers of this configuration`,
      {
        hint: 'Two fleets would do everything twice. For workers as units: jrctl install --profile hardened',
        exit: exitCode.failed,
      },
    )
  const definition = policy.workers.find((worker) => worker.name === name)
  if (definition === undefined)
    throw new UserError(`there is no worker ${name} in the configuration`, {
      hint: [namesHint(name, namesOf(policy)), 'Its unit goes with: jrctl install'].filter(Boolean).join(' '),
      exit: exitCode.notFound,
    })
  if (definition.schedule !== undefined)
    throw new UserError(`${name} has a schedule: it is no worker that is kept running`, {
      hint: 'A daemon that spawns its workers keeps schedules; systemd has timers.',
    })
  if (instance > definition.instances)
    throw new UserError(`${name} has ${definition.instances} instances, and this is number ${instance}`, {
      hint: 'Set instances in the configuration, then: jrctl install',
    })
  return { definition, instance }
}

function namesOf({ workers }: Pick<Policy, 'workers'>): string[] {
  return workers.map(({ name }) => name)
}

function wanted(question: UnitQuestion): { name: string; instance: number } {
  if (question.unit === undefined) return question
  const found = workerOfUnit(question.unit)
  if (found !== null) return found
  throw new UserError(`${question.unit} is no unit of a worker`, {
    hint: 'One is called jr-queue-worker@NAME.service, with the name as systemd-escape writes it.',
  })
}
