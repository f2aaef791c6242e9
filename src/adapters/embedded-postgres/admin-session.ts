import { Client } from 'pg'
import { OperationalError, messageOf } from '../../errors.ts'
import { layoutOf } from './layout.ts'
import { readPassword } from './password.ts'
import { readPostmasterFile } from './postmaster-file.ts'

const connectTimeoutMs = 10_000

/** A session of the superuser on the running server of a state directory; by its unix socket, which is closed to others. */
export interface AdminSession {
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>
  end(): Promise<void>
}

/**
 * @throws OperationalError embedded.admin when it does not run, its password is lost, or it refuses
 */
export async function openAdminSession(
  stateDir: string,
  { database = 'postgres', applicationName }: { database?: string; applicationName: string },
): Promise<AdminSession> {
  const layout = layoutOf(stateDir)
  const [postmaster, password] = await Promise.all([
    readPostmasterFile(layout.dataDir),
    readPassword(layout.adminPasswordFile),
  ])
  if (postmaster === null) throw failed(`it does not run (${layout.dataDir})`)
  if (password === null) throw failed(`its superuser's password is lost (${layout.adminPasswordFile})`)
  const client = new Client({
    host: postmaster.socketDir,
    port: postmaster.port,
    user: 'postgres',
    password,
    database,
    application_name: applicationName,
    connectionTimeoutMillis: connectTimeoutMs,
  })
  // Of a connection that breaks its query tells.
  client.on('error', () => {})
  const query = async <Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> => {
    try {
      return (await client.query<Row>(text, [...values])).rows
    } catch (error) {
      throw failed(messageOf(error), error)
    }
  }
  try {
    await client.connect()
  } catch (error) {
    throw failed(messageOf(error), error)
  }
  return { query, end: () => client.end() }
}

function failed(how: string, cause?: unknown): OperationalError {
  return new OperationalError(`The embedded PostgreSQL cannot be asked as its superuser: ${how}`, {
    code: 'embedded.admin',
    retryable: false,
    hint: 'Its log, postgres/postgres.log in the state directory, says more.',
    cause,
  })
}
