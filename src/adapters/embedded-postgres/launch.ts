import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { OperationalError } from '../../errors.ts'
import { locateBinaries } from './binaries.ts'
import { type ClusterPlan, createCluster, replacePassword } from './cluster.ts'
import { accountFolder, existingHousing, type Housing, newHousing } from './housing.ts'
import { type Layout, socketDirOf } from './layout.ts'
import type { EmbeddedOptions } from './options.ts'
import { createPassword, readPassword } from './password.ts'
import { freePort } from './port.ts'
import { disarmLeftovers, type Postmaster, startPostmaster } from './postmaster.ts'
import { bootId } from './process-table.ts'
import { readRecord, writeRecord } from './record.ts'
import { serverArguments } from './settings.ts'

/** A server that this process started. */
export interface Launched {
  postmaster: Postmaster
  password: string
  /** Its database was made just now. */
  fresh: boolean
}

const passing = new Set(['embedded.port_taken', 'embedded.orphans'])
/** Some 10 s in all, at 50 ms and then 50 ms more each time. */
const startTriesMax = 20
const retryMs = 50
/** Survive a reboot, unlike /tmp. */
const sharedDirs = ['/var/lib', '/var/tmp']

/** Starts the server, after making the database when there is none. The caller holds the start lock and knows that none runs. */
export async function launch(options: EmbeddedOptions, layout: Layout): Promise<Launched> {
  const { housing, password, fresh } = await prepareCluster(options, layout)
  const postmaster = await launchPatiently(options, layout, housing)
  const { pid, port } = postmaster
  options.logger.info({ serverPid: pid, port, fresh }, 'Started the embedded PostgreSQL')
  return { postmaster, password, fresh }
}

/** Brings housing, database and password into being as far as they are missing. */
async function prepareCluster(
  options: EmbeddedOptions,
  layout: Layout,
): Promise<{ housing: Housing; password: string; fresh: boolean }> {
  const unique = (): string => options.random.hex(6)
  const found = await locateBinaries(options.binaries, options.unpack)
  const existing = await existingHousing(layout, found, unique)
  const kept = await readPassword(layout.passwordFile)
  if (existing !== null && kept !== null) return { housing: existing, password: kept, fresh: false }
  const password = kept ?? (await createPassword(layout.passwordFile, options.random))
  if (existing !== null) {
    await replacePassword(await planOf(options, layout, existing, password))
    return { housing: existing, password, fresh: false }
  }
  // A link to a home outside of the state directory whose data were never finished, or were deleted.
  await rm(layout.dataDir, { force: true })
  const housing = await newHousing(layout, found, {
    asNobody: options.asNobody ?? false,
    sharedDirs: options.sharedDirs ?? sharedDirs,
    unique,
  })
  await createCluster(await planOf(options, layout, housing, password))
  return { housing, password, fresh: true }
}

async function planOf(
  { random, durable }: EmbeddedOptions,
  layout: Layout,
  { account, home, binaries }: Housing,
  password: string,
): Promise<ClusterPlan> {
  return {
    account,
    binaries,
    dataDir: join(home, 'data'),
    password,
    adminPassword:
      (await readPassword(layout.adminPasswordFile)) ??
      (await createPassword(layout.adminPasswordFile, random)),
    salt: random.hex(16),
    unique: random.hex(6),
    durable: durable ?? true,
  }
}

/** Tries again what passes: a port taken between test and bind, and backends that outlive a killed postmaster for a moment. */
async function launchPatiently(
  options: EmbeddedOptions,
  layout: Layout,
  housing: Housing,
): Promise<Postmaster> {
  for (let tries = 1; ; tries++) {
    try {
      return await launchOnce(options, layout, housing)
    } catch (error) {
      const passes = error instanceof OperationalError && passing.has(error.code)
      if (!passes || tries === startTriesMax) throw error
      await options.clock.sleep(retryMs * tries)
    }
  }
}

async function launchOnce(options: EmbeddedOptions, layout: Layout, housing: Housing): Promise<Postmaster> {
  const { clock, random, logger, durable = true } = options
  const wanted = (await readRecord(layout.recordFile))?.port ?? null
  const port = await freePort(wanted, random)
  if (wanted !== null && port !== wanted)
    logger.warn({ wanted, port }, `Port ${wanted} is taken: the embedded PostgreSQL moves to ${port}`)
  const socketDir = socketDirOf(housing.home, options.env ?? process.env)
  await accountFolder(socketDir, housing.account)
  const dataDir = join(housing.home, 'data')
  await disarmLeftovers(dataDir, socketDir)
  const postmaster = await startPostmaster({
    account: housing.account,
    program: housing.binaries.postgres,
    args: serverArguments({ dataDir, port, socketDir, durable }),
    dataDir,
    logFile: layout.logFile,
    clock,
  })
  const { pid, startTime } = postmaster
  await writeRecord(layout.recordFile, {
    port,
    socketDir,
    process: { pid, startTime, bootId: await bootId() },
  })
  return postmaster
}
