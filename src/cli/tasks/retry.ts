import type { TaskId } from '../../domain/ids.ts'
import { type ExitCode, UserError } from '../../errors.ts'
import type { Cli } from '../command.ts'
import { changeEach } from './change-each.ts'

export interface RetryOptions {
  again?: boolean
}

/** @param options `again`: completed tasks as well, whose results are dropped */
export async function retry(
  cli: Cli,
  ids: readonly TaskId[],
  { again = false }: RetryOptions,
): Promise<ExitCode> {
  const client = await cli.client()
  return changeEach(cli, ids, 'made ready again', async (id) => {
    // One wrong id among several would cost work that is done.
    if (!again && (await client.call('getTask', { id })).task.status === 'completed') throw isDone(id)
    return client.call('retryTask', { id })
  })
}

function isDone(id: TaskId): UserError {
  return new UserError(`Task ${id} is completed; done again, it loses its result`, {
    hint: `See that with: jrctl tasks show ${id}   To have it done again: jrctl tasks retry ${id} --again`,
  })
}
