/** How the server is told to run; by argument, so that a new jrctl's values hold from the next start on. */
export interface ServerSettings {
  dataDir: string
  port: number
  socketDir: string
  /** False only for tests: commits do not wait for the disk, and a crash of the machine may lose the database. */
  durable: boolean
}

/** The postmaster's arguments. */
export function serverArguments(settings: ServerSettings): string[] {
  const values = { ...common, ...(settings.durable ? {} : fleeting), ...addresses(settings) }
  return [
    '-D',
    settings.dataDir,
    ...Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]
}

function addresses({ port, socketDir }: ServerSettings): Record<string, string> {
  return { port: String(port), listen_addresses: '127.0.0.1', unix_socket_directories: quoted(socketDir) }
}

/** The setting is a list: a folder with a comma or a blank must be quoted to stay one. */
function quoted(path: string): string {
  return `"${path.replaceAll('"', '""')}"`
}

/**
 * A queue's rows are few and hot: it fits a small cache, and the agents beside it need the machine's memory.
 * - shared_buffers: the whole working set of some ten thousand tasks; the page cache holds the rest.
 * - max_connections: pools of a few daemons, a connection per legacy worker, and an operator's psql.
 * - io_method: no I/O worker processes, since scans of cold data are not what a queue does.
 * - jit, parallel workers: only cost time on queries of a millisecond.
 * - timezone: legacy columns without zone mean the same on every machine and in every season.
 */
const common: Record<string, string> = {
  shared_buffers: '32MB',
  max_connections: '100',
  work_mem: '4MB',
  maintenance_work_mem: '32MB',
  max_wal_size: '256MB',
  io_method: 'sync',
  jit: 'off',
  max_parallel_workers_per_gather: '0',
  unix_socket_permissions: '0700',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] %q%u@%d %a ',
  cluster_name: 'jrctl',
}

const fleeting: Record<string, string> = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
}
