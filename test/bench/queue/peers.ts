import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { Contender, Enqueuer, Mode } from './contender.ts'
import { startWorker } from './worker-process.ts'

const folder = new URL('../peers/', import.meta.url).pathname

/** What each module in ../peers exports, beside the `work` that its worker process runs. */
interface PeerModule {
  prepare(url: string): Promise<void>
  enqueuer(url: string): Promise<Enqueuer>
  /** Puts one such job by the peer's own API, where its SQL copies it. */
  oneFuture?(url: string): Promise<void>
  /** $1: how many jobs that are due from tomorrow on. */
  futureSql: string
  leftSql: string
}

/** The peers have a package.json of their own, so that jrctl itself does not depend on them. */
export function installPeers(): void {
  if (isInstalled()) return
  process.stderr.write('installing the peers …\n')
  // Not `npm ci`, which refuses a lock file that lacks optional packages for machines unlike the one it was made on.
  const { status } = spawnSync(
    'npm',
    ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', folder],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
  if (status !== 0) throw new Error(`npm install --prefix ${folder} ended with ${status}`)
}

/** npm writes its own list of what it installed; one that is older than ours knows less. */
function isInstalled(): boolean {
  const installed = statSync(join(folder, 'node_modules/.package-lock.json'), { throwIfNoEntry: false })
  return installed !== undefined && installed.mtimeMs >= statSync(join(folder, 'package-lock.json')).mtimeMs
}

/** Needs `installPeers` before. */
export async function loadPeers(): Promise<Contender[]> {
  return [
    await peer('graphile-worker', 'graphile', 'single'),
    await peer('pg-boss', 'pg-boss', 'single'),
    await peer('BullMQ', 'bullmq', 'single'),
    await peer('graphile-worker', 'graphile', 'batched'),
    await peer('pg-boss', 'pg-boss', 'batched'),
  ]
}

async function peer(name: string, file: string, mode: Mode): Promise<Contender> {
  const module = (await import(join(folder, `${file}.mjs`))) as PeerModule
  return {
    name,
    mode,
    prepare: (url) => module.prepare(url),
    enqueuer: (url) => module.enqueuer(url),
    async fillFuture({ client, url }, rows) {
      await module.oneFuture?.(url)
      await client.query(module.futureSql, [rows])
    },
    work: async (url, env) =>
      startWorker([process.execPath, join(folder, 'work.mjs'), file, mode], {
        ...env,
        PATH: process.env['PATH'] ?? '',
        BENCH_URL: url,
      }),
    async left({ client }) {
      const { rows } = await client.query<{ left: number }>(module.leftSql)
      return rows[0]?.left ?? 0
    },
  }
}
