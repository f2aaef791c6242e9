import type { TaskId } from '../../domain/ids.ts'
import type { ExitCode } from '../../errors.ts'
import type { Cli } from '../command.ts'
import { changeEach } from './change-each.ts'

export async function retry(cli: Cli, ids: readonly TaskId[]): Promise<ExitCode> {
  const client = await cli.client()
  return changeEach(cli, ids, 'made ready again', (id) => client.call('retryTask', { id }))
}
