import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { dirname } from 'node:path'
import { OperationalError } from '../errors.ts'
import { askAs, ownerOf } from './owner-of.ts'

/**
 * Of what lies where this account may not look nobody can say that it is not there. A folder that is missing may be entered.
 * @throws OperationalError `code`, naming the account to ask as where that can be seen
 */
export async function requireEntry(
  folder: string,
  { what, code }: { what: string; code: string },
): Promise<void> {
  const isClosed = await access(folder, constants.X_OK).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'EACCES',
  )
  if (!isClosed) return
  const owner = (await ownerOf(folder)) ?? (await ownerOf(dirname(folder)))
  throw new OperationalError(`${what} is not for this account to see`, {
    code,
    retryable: false,
    hint: owner === null ? 'Ask as the account of the daemon, or as root.' : askAs(owner),
  })
}
