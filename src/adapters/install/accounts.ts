import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { type Account, accountIn } from '../../domain/passwd.ts'

/** An account of this machine with all its groups (group(5)). */
export type InstallAccount = Omit<Account, 'gid'> & { gids: number[] }

/** A name service that is away must not hold up an installation for long. */
const lookupMs = 3_000

/**
 * The account of that name, null when there is none: by the files of `root`, and, of this machine itself, by whatever else it asks
 * (LDAP, systemd-homed).
 */
export async function findAccount(
  name: string,
  { root, env }: { root: string; env: NodeJS.ProcessEnv },
): Promise<InstallAccount | null> {
  const [passwd, group] = await Promise.all(
    ['passwd', 'group'].map((file) => readFile(`${root}/etc/${file}`, 'utf8').catch(() => '')),
  )
  const local = accountIn(passwd ?? '', name)
  const found = local ?? (root === '' ? accountIn(await getent(name, env), name) : null)
  if (found === null) return null
  const { gid, ...account } = found
  return { ...account, gids: [gid, ...groupsIn(group ?? '', name)] }
}

function groupsIn(group: string, name: string): number[] {
  return group.split('\n').flatMap((line) => {
    const [, , gid, members = ''] = line.split(':')
    return gid !== undefined && members.split(',').includes(name) ? [Number(gid)] : []
  })
}

async function getent(name: string, env: NodeJS.ProcessEnv): Promise<string> {
  const found = promisify(execFile)('getent', ['passwd', '--', name], { timeout: lookupMs, env })
  return found.then(({ stdout }) => stdout).catch(() => '')
}
