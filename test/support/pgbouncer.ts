import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export interface PgBouncerOptions {
  mode: 'transaction' | 'session'
  /** More lines for its configuration. */
  settings?: string[]
}

export interface PgBouncer {
  /** The database by way of the pooler. */
  url: string
  stop(): Promise<void>
}

const program = ['pgbouncer', '/usr/sbin/pgbouncer'].find(
  (path) => spawnSync(path, ['--version']).status === 0,
)

/** Why the tests that need it are skipped; null: it is here. */
export const pgbouncerMissing = program === undefined ? 'skipped: no pgbouncer, see .ci/run' : null

const port = 6432

/** A real PgBouncer of one's own on a socket in a folder of its own, configured as its packages come but for the mode. */
export async function startPgBouncer(
  databaseUrl: string,
  { mode, settings = [] }: PgBouncerOptions,
): Promise<PgBouncer> {
  if (program === undefined) throw new Error('no pgbouncer')
  const server = new URL(databaseUrl)
  const name = server.pathname.slice(1)
  const folder = await mkdtemp(join(tmpdir(), 'jrctl-test-pgbouncer-'))
  // As root it insists on becoming somebody else, who has to reach the folder.
  await chmod(folder, 0o777)
  const file = join(folder, 'pgbouncer.ini')
  await writeFile(
    file,
    [
      '[databases]',
      `${name} = host=${server.hostname} port=${server.port} dbname=${name} user=${server.username} password=${decodeURIComponent(server.password)}`,
      '[pgbouncer]',
      `unix_socket_dir = ${folder}`,
      `listen_port = ${port}`,
      'auth_type = any',
      `pool_mode = ${mode}`,
      'default_pool_size = 4',
      ...settings,
    ].join('\n'),
  )
  const asRoot = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const child = spawn(program, [...asRoot, file], { stdio: ['ignore', 'ignore', 'pipe'] })
  await untilUp(child)
  const url = new URL(`postgresql://anyone@localhost:${port}/${name}`)
  url.searchParams.set('host', folder)
  return {
    url: url.href,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        // At once; one SIGINT waits for clients.
        child.kill('SIGTERM')
        await once(child, 'exit')
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function untilUp(child: ChildProcess): Promise<void> {
  if (child.stderr === null) throw new Error('no stderr')
  const said: string[] = []
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line)
    if (!line.includes('process up')) continue
    child.stderr.resume()
    return
  }
  throw new Error(`pgbouncer did not start: ${said.join('\n')}`)
}
