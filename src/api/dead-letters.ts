import type { Parsed } from '../contract/inputs.ts'
import type { Outputs } from '../contract/outputs.ts'
import { apiVersion } from '../contract/views.ts'
import type { DeadLetter, DeadLetterId, DeadLetterKind, DeathVerdict } from '../domain/dead-letter.ts'
import { jrName, taskId } from '../domain/ids.ts'
import type { DeadTaskFilter } from '../ports/dead-letters.ts'
import type { TaskDetail } from '../ports/task-queue.ts'
import { present } from './present.ts'
import { Refusal } from './refusal.ts'

/** Where an operator finds all dead letters: the queue's tasks and this node's runs and workers. */
export interface DeadLetterDesk {
  /** Highest task id first, this node's own before them on the first page. */
  list(filter: DeskFilter): Promise<{ letters: DeadLetter[]; copyBecause: string | null }>
  /** As they stand; unknown ones are left out. */
  look(ids: readonly DeadLetterId[]): Promise<DeadLetter[]>
  /** With the task's row and attempts where there is one. */
  get(id: DeadLetterId): Promise<{ letter: DeadLetter; detail: TaskDetail | null } | null>
  /** A verdict each, in the order given; at most 1,000. */
  replay(letters: readonly LetterWish[], by: string): Promise<DeathVerdict[]>
  purge(letters: readonly LetterWish[], by: string): Promise<DeathVerdict[]>
}

export type DeskFilter = DeadTaskFilter & { kinds?: readonly DeadLetterKind[] }

/** A death that is meant: the letter, and its version when it was seen. */
export type LetterWish = Pick<DeadLetter, 'id' | 'version'>

export const deadLetterRoutes = [
  'listDeadLetters',
  'lookDeadLetters',
  'getDeadLetter',
  'replayDeadLetters',
  'purgeDeadLetters',
] as const
export type DeadLetterRoute = (typeof deadLetterRoutes)[number]

/** One function a route, as in `handlers.ts`; a command without a daemon uses them too. */
export type DeadLetterHandlers = {
  [Name in DeadLetterRoute]: (input: Parsed<Name>, by: string) => Promise<Outputs[Name]>
}

export function deadLetterHandlers(desk: DeadLetterDesk): DeadLetterHandlers {
  return {
    async listDeadLetters({ kinds, jr, search, since, before, limit }) {
      const { letters, copyBecause } = await desk.list(
        present({
          limit,
          kinds,
          search,
          since,
          jrName: jr === undefined ? undefined : jrName(jr),
          before: before === undefined ? undefined : taskId(before),
        }),
      )
      const tasks = letters.filter(({ kind }) => kind === 'task')
      const nextBefore = tasks.length < limit || copyBecause !== null ? null : (tasks.at(-1)?.taskId ?? null)
      return { apiVersion, letters, nextBefore, copyBecause }
    },
    lookDeadLetters: async ({ ids }) => ({ apiVersion, letters: await desk.look(ids) }),
    async getDeadLetter({ id }) {
      const found = await desk.get(id)
      if (found === null)
        throw new Refusal(
          404,
          'dead_letter.not_found',
          `There is no dead letter ${id}`,
          'See `jrctl dlq list`.',
        )
      const { letter, detail } = found
      return { apiVersion, letter, task: detail?.task ?? null, attempts: detail?.attempts ?? [] }
    },
    replayDeadLetters: async ({ letters }, by) => ({ apiVersion, verdicts: await desk.replay(letters, by) }),
    purgeDeadLetters: async ({ letters }, by) => ({ apiVersion, verdicts: await desk.purge(letters, by) }),
  }
}
