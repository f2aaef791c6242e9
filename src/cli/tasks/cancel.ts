import type { TaskId } from '../../domain/ids.ts'
import type { ExitCode } from '../../errors.ts'
import type { Cli } from '../command.ts'
import { changeEach } from './change-each.ts'

export async function cancel(
  cli: Cli,
  ids: readonly TaskId[],
  { reason }: { reason?: string },
): Promise<ExitCode> {
  const client = await cli.client()
  const why = reason === undefined ? {} : { reason }
  return changeEach(cli, ids, 'cancelled', (id) => client.call('cancelTask', { id, ...why }))
}
