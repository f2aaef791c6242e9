import { chown, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { messageOf } from '../../errors.ts'
import { type Account, runAs } from './account.ts'
import type { Binaries } from './binaries.ts'
import { embeddedFailure } from './failure.ts'
import { scramVerifier } from './scram.ts'

const initTimeoutMs = 120_000
const singleUserTimeoutMs = 60_000

export interface ClusterPlan {
  account: Account
  binaries: Binaries
  /** Where the cluster is to be; its parent exists and belongs to the account. */
  dataDir: string
  password: string
  adminPassword: string
  /** Hex. */
  salt: string
  /** A suffix that nobody else uses. */
  unique: string
  durable: boolean
}

/**
 * Makes a cluster with the database and role `jrctl`. It is built beside its place and renamed into it when whole: a start
 * that is interrupted leaves nothing that looks like a database.
 */
export async function createCluster(plan: ClusterPlan): Promise<void> {
  const home = dirname(plan.dataDir)
  await removeUnfinished(home)
  const fresh = join(home, `${unfinished}${plan.unique}`)
  try {
    await initialise(plan, fresh)
    await writeFile(join(fresh, 'pg_hba.conf'), accessRules, { flush: plan.durable })
    await asSuperuser(plan, fresh, await provision(plan))
  } catch (error) {
    throw embeddedFailure(`Could not create the embedded database in ${home}`, messageOf(error))
  }
  await rename(fresh, plan.dataDir)
}

/** Gives the role `jrctl` of a server that does not run a new password. */
export async function replacePassword(plan: ClusterPlan): Promise<void> {
  const verifier = await scramVerifier(plan.password, plan.salt)
  await asSuperuser(plan, plan.dataDir, [`ALTER ROLE jrctl PASSWORD '${verifier}';`])
}

const unfinished = 'data.unfinished-'
const passwordPrefix = 'initdb-password.'

/** Left by a start that was killed; the caller holds the start lock, so nobody is at work on them. */
async function removeUnfinished(home: string): Promise<void> {
  const names = (await readdir(home)).filter((name) =>
    [unfinished, passwordPrefix].some((prefix) => name.startsWith(prefix)),
  )
  for (const name of names) await rm(join(home, name), { recursive: true, force: true })
}

/** Builtin C.UTF-8: the same order of strings on every machine, whatever its libc and locales. */
async function initialise(plan: ClusterPlan, dataDir: string): Promise<void> {
  const passwordFile = join(dirname(dataDir), `${passwordPrefix}${plan.unique}`)
  await writeFile(passwordFile, plan.adminPassword + '\n', { mode: 0o600 })
  try {
    if (plan.account.kind === 'user') await chown(passwordFile, plan.account.uid, plan.account.gid)
    const args = ['-D', dataDir, '-U', 'postgres', `--pwfile=${passwordFile}`, ...clusterOptions]
    if (!plan.durable) args.push('--no-sync')
    await runAs(plan.account, plan.binaries.initdb, args, { timeoutMs: initTimeoutMs })
  } finally {
    await rm(passwordFile, { force: true })
  }
}

const clusterOptions = [
  '--auth=scram-sha-256',
  '--encoding=UTF8',
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--no-instructions',
]

/** The superuser may come by the socket only, which is closed to other accounts. */
const accessRules = `# Written by jrctl.
local all all scram-sha-256
host all jrctl 127.0.0.1/32 scram-sha-256
`

/** The role may watch its server (doctor, top) and make databases, but is no superuser: workers hold its password. */
async function provision(plan: ClusterPlan): Promise<string[]> {
  const verifier = await scramVerifier(plan.password, plan.salt)
  return [
    `CREATE ROLE jrctl LOGIN CREATEDB PASSWORD '${verifier}';`,
    'GRANT pg_monitor TO jrctl;',
    'CREATE DATABASE jrctl OWNER jrctl;',
  ]
}

/** Single-user mode: no network, no server to wait for, and it ends with a checkpoint. One statement a line. */
async function asSuperuser(plan: ClusterPlan, dataDir: string, statements: readonly string[]): Promise<void> {
  const args = ['--single', '-D', dataDir, '-c', 'exit_on_error=on', '-c', 'log_min_error_statement=panic']
  if (!plan.durable) args.push('-c', 'fsync=off')
  await runAs(plan.account, plan.binaries.postgres, [...args, 'postgres'], {
    timeoutMs: singleUserTimeoutMs,
    input: statements.join('\n') + '\n',
  })
}
