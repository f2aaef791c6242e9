import type { Parsed } from '../../contract/inputs.ts'
import type { TaskId } from '../../domain/ids.ts'
import { UserError, type ExitCode } from '../../errors.ts'
import type { Cli } from '../command.ts'
import { changeEach } from './change-each.ts'
import { fieldsOf, type TaskOptions } from './options.ts'

interface SetOptions extends TaskOptions {
  title?: string
  unassign?: boolean
}

export async function set(cli: Cli, ids: readonly TaskId[], options: SetOptions): Promise<ExitCode> {
  const changes: Omit<Parsed<'setTask'>, 'id'> = {
    ...fieldsOf(options, cli.clock.wallMs()),
    ...(options.title === undefined ? {} : { title: options.title }),
    ...(options.unassign ? { assignedJr: null } : {}),
  }
  const anyChange = Object.keys(changes).length > 0
  if (!anyChange && !options.urgent) {
    throw new UserError('tasks set: say what to change', { hint: 'See: jrctl tasks set --help' })
  }
  const client = await cli.client()
  return changeEach(cli, ids, 'changed', async (id) => {
    const changed = anyChange ? await client.call('setTask', { id, ...changes }) : undefined
    if (!options.urgent) return changed
    return client.call('urgentTask', { id })
  })
}
