import { stat } from 'node:fs/promises'
import type { Account } from '../../domain/passwd.ts'
import type { SpawnSpec } from '../../ports/process-host.ts'
import { OperationalError } from '../../errors.ts'
import { becomeAccount } from './account.ts'
import { boundsPrefix } from './bounds.ts'
import { markVariable } from './proc.ts'
import { findProgram } from './program.ts'

/** What is started, with everything looked up: the whole argv of absolute programs, and the whole environment. */
export interface LaunchOrder {
  command: readonly string[]
  env: Record<string, string>
}

/** Looks everything up at once, before anything is made: a refused start leaves nothing behind. Throws as `spawn` does. */
export async function launchOrder(spec: SpawnSpec): Promise<LaunchOrder> {
  const [name, ...args] = spec.command
  const [, program, account, bounds] = await Promise.all([
    checkFolder(spec.cwd),
    findProgram(name, spec.cwd, spec.env['PATH']),
    spec.user === undefined ? null : becomeAccount(spec.user),
    spec.limits === undefined ? [] : boundsPrefix(spec.limits),
  ])
  return {
    // Niceness first: below its own only root may give it.
    command: [...bounds, ...(account?.prefix ?? []), program, ...args],
    env: { ...variablesOf(account?.account), ...spec.env, [markVariable]: spec.mark },
  }
}

function variablesOf(account: Account | undefined): Record<string, string> {
  return account === undefined ? {} : { HOME: account.home, USER: account.name, LOGNAME: account.name }
}

async function checkFolder(cwd: string): Promise<void> {
  const isFolder = await stat(cwd).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (isFolder) return
  throw new OperationalError(`no such folder to run in: ${cwd}`, {
    code: 'process.no_cwd',
    retryable: true,
    hint: 'create it or correct cwd of this worker',
  })
}
