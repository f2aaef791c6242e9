/** Where each thing is within a backup. */
export const backupPaths = {
  manifest: 'manifest.json',
  /** The last: a line for each file before it, as sha256sum writes them. */
  sums: 'SHA256SUMS',
  state: 'state/state.sqlite',
  nodeId: 'state/node-id',
  config: 'config/jrctl.toml',
  apiToken: 'secrets/api-token',
  databasePassword: 'secrets/postgres-password',
  databaseAdminPassword: 'secrets/postgres-admin-password',
  databaseRecord: 'postgres/server.json',
  /** PostgreSQL's data folder, as it lies there. */
  database: 'postgres/data',
} as const

const files: ReadonlySet<string> = new Set(
  Object.values(backupPaths).filter((path) => path !== backupPaths.database),
)
const pathLengthMax = 255

/** Whether something of this name belongs into a backup: nothing else is ever written anywhere. */
export function belongs(path: string, kind: 'file' | 'folder'): boolean {
  if (path.length > pathLengthMax) return false
  if (kind === 'file' && files.has(path)) return true
  const isDatabase = path === backupPaths.database || path.startsWith(`${backupPaths.database}/`)
  return (
    isDatabase && path.split('/').every((name) => /^[\w.-]+$/.test(name) && name !== '.' && name !== '..')
  )
}

/** The path within PostgreSQL's data folder; null: it lies elsewhere. */
export function withinDatabase(path: string): string | null {
  if (path === backupPaths.database) return ''
  const prefix = `${backupPaths.database}/`
  return path.startsWith(prefix) ? path.slice(prefix.length) : null
}
