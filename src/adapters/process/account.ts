import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { type Account, accountIn } from '../../domain/passwd.ts'
import { OperationalError } from '../../errors.ts'
import { findProgram } from './program.ts'

/** A name service that is away must not hold up a start for long. */
const lookupMs = 3000
const systemPath = '/usr/bin:/bin:/usr/sbin:/sbin'

/**
 * The account of that name, and the words that put before a command make it run as it. `setpriv` (util-linux) rather than
 * spawn's uid and gid: those would leave it without its supplementary groups, and make the shim run as it too, which then
 * could not write down how it ended. Throws OperationalError `process.user`.
 */
export async function becomeAccount(name: string): Promise<{ account: Account; prefix: string[] }> {
  const account = await findAccount(name)
  if (account === null) {
    throw refusal(
      `there is no account ${name} on this machine`,
      `create it (useradd ${name}) or correct user`,
    )
  }
  const uid = process.getuid?.() ?? 0
  if (account.uid === uid) return { account, prefix: [] }
  if (uid !== 0) {
    const hint = `start the daemon as root, or run it as ${name} and take user out of this worker`
    throw refusal(`cannot run as ${name}: only root may, and this daemon runs as uid ${uid}`, hint)
  }
  const setpriv = await findProgram('setpriv', '/', systemPath).catch(() => {
    throw refusal(`cannot run as ${name}: the program setpriv is missing`, 'install the package util-linux')
  })
  const prefix = [setpriv, `--reuid=${account.uid}`, `--regid=${account.gid}`, '--init-groups', '--']
  return { account, prefix }
}

/** From /etc/passwd, else from whatever the machine's name service knows (LDAP, systemd-homed). */
async function findAccount(name: string): Promise<Account | null> {
  const local = accountIn(await readFile('/etc/passwd', 'utf8').catch(() => ''), name)
  if (local !== null) return local
  const found = promisify(execFile)('getent', ['passwd', name], {
    timeout: lookupMs,
    env: { PATH: systemPath },
  })
  return accountIn(await found.then(({ stdout }) => stdout).catch(() => ''), name)
}

function refusal(message: string, hint: string): OperationalError {
  return new OperationalError(message, { code: 'process.user', retryable: true, hint })
}
