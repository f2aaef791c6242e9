import { chmod, chown, copyFile, mkdtemp, readFile, realpath, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/adapters/clock.ts'
import { createEmbeddedPostgres } from '../../../src/adapters/embedded-postgres/embedded-postgres.ts'
import { connect } from '../../../src/adapters/postgres/connect.ts'
import { targetOfParts, targetOfUrl } from '../../../src/adapters/postgres/connection-target.ts'
import { systemRandom } from '../../../src/adapters/random.ts'
import { Secret } from '../../../src/config/policy.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { until } from './support/until.ts'
import { certificatesMissing, makeCertificates, type Certificates } from './support/certificates.ts'

const limits = {
  poolSize: 2,
  connectTimeoutMs: 5_000,
  statementTimeoutMs: 5_000,
  lockTimeoutMs: 1_000,
  applicationName: 'jrctl test',
}

const name = 'a server with a certificate'

describe(
  certificatesMissing === null ? name : `${name} (${certificatesMissing})`,
  { skip: certificatesMissing !== null },
  () => {
    let certificates: Certificates
    let stateDir: string
    let url: string
    let stop: () => Promise<void>
    beforeAll(async () => {
      certificates = await makeCertificates()
      stateDir = await mkdtemp(join(tmpdir(), 'jrctl-test-tls-server-'))
      const server = createEmbeddedPostgres({
        stateDir,
        clock: systemClock(),
        random: systemRandom(),
        logger: fakeLogger(),
        durable: false,
      })
      const started = await server.start()
      url = started.url.reveal()
      stop = async () => {
        await server.stop()
      }
      await turnOnTls(stateDir, started.socketUrl.reveal(), certificates)
    })
    afterAll(async () => {
      await stop()
      await rm(stateDir, { recursive: true, force: true })
      await certificates.remove()
    })

    async function isEncrypted(parameters: Record<string, string>, hostname = 'localhost'): Promise<boolean> {
      const named = new URL(url)
      named.hostname = hostname
      for (const [key, value] of Object.entries(parameters)) named.searchParams.set(key, value)
      const db = connect(targetOfUrl(new Secret(named.href)), limits)
      try {
        const [row] = await db.query<{ ssl: boolean }>(
          `select ssl from pg_stat_ssl where pid = pg_backend_pid()`,
        )
        const own = await db.dedicated({ queryTimeoutMs: 5_000, statementTimeoutMs: 5_000 })
        await own.end()
        return row?.ssl === true
      } finally {
        await db.close()
      }
    }

    it('is verified wholly by sslmode=verify-full with its authority', async () => {
      expect(await isEncrypted({ sslmode: 'verify-full', sslrootcert: certificates.authority })).toBe(true)
    })

    it.each([
      ['another authority', () => ({ sslrootcert: certificates.stranger }), 'localhost'],
      ['no authority named', () => ({}), 'localhost'],
      ['the authorities of the system', () => ({ sslrootcert: 'system' }), 'localhost'],
      ['a name that is not in the certificate', () => ({ sslrootcert: certificates.authority }), '127.0.0.1'],
    ])('is refused under verify-full with %s', async (_, parameters, hostname) => {
      await expect(isEncrypted({ sslmode: 'verify-full', ...parameters() }, hostname)).rejects.toMatchObject({
        code: 'db.tls',
        retryable: false,
        message: expect.stringContaining('certificate is not trusted') as unknown,
      })
    })

    it('is encrypted, and no more, by sslmode=require; and not at all by disable, allow or without a word', async () => {
      expect(await isEncrypted({ sslmode: 'require' })).toBe(true)
      expect(await isEncrypted({ sslmode: 'disable' })).toBe(false)
      expect(await isEncrypted({ sslmode: 'allow' })).toBe(false)
      expect(await isEncrypted({})).toBe(false)
    })

    it('is checked for its authority but not its name by sslmode=verify-ca', async () => {
      const verifyCa = { sslmode: 'verify-ca', sslrootcert: certificates.authority }
      expect(await isEncrypted(verifyCa, '127.0.0.1')).toBe(true)
      await expect(isEncrypted({ ...verifyCa, sslrootcert: certificates.stranger })).rejects.toMatchObject({
        code: 'db.tls',
      })
    })

    it('is verified by parts as by a URL', async () => {
      const { hostname, port, username, password, pathname } = new URL(url)
      const encrypted = async (host: string): Promise<unknown> => {
        const parts = {
          host,
          port: Number(port),
          database: pathname.slice(1),
          user: username,
          password: new Secret(decodeURIComponent(password)),
          sslMode: 'verify-full',
          sslRootCert: certificates.authority,
        }
        const db = connect(targetOfParts(parts), limits)
        try {
          return await db.query(`select ssl from pg_stat_ssl where pid = pg_backend_pid()`)
        } finally {
          await db.close()
        }
      }
      expect(await encrypted('localhost')).toEqual([{ ssl: true }])
      expect(hostname).toBe('127.0.0.1')
      await expect(encrypted(hostname)).rejects.toMatchObject({ code: 'db.tls' })
    })

    it('says so when the file of the authority cannot be read', async () => {
      await expect(
        isEncrypted({ sslmode: 'verify-full', sslrootcert: '/no/such/file' }),
      ).rejects.toMatchObject({
        code: 'db.tls',
        message: expect.stringContaining('/no/such/file') as unknown,
      })
    })
  },
)

/** The key has to belong to the account that the server runs as. */
async function turnOnTls(stateDir: string, socketUrl: string, certificates: Certificates): Promise<void> {
  const dataDir = await realpath(join(stateDir, 'postgres/data'))
  const { uid, gid } = await stat(dataDir)
  for (const [from, to] of [
    [certificates.serverKey, 'server.key'],
    [certificates.serverCertificate, 'server.crt'],
  ] as const) {
    await copyFile(from, join(dataDir, to))
    await chmod(join(dataDir, to), 0o600)
    await chown(join(dataDir, to), uid, gid)
  }
  const { searchParams, port } = new URL(socketUrl)
  const admin = new Client({
    host: searchParams.get('host') ?? undefined,
    port: Number(searchParams.get('port') ?? port),
    user: 'postgres',
    password: (await readFile(join(stateDir, 'postgres/admin-password'), 'utf8')).trim(),
    database: 'postgres',
  })
  await admin.connect()
  try {
    await admin.query('alter system set ssl = on')
    await admin.query('select pg_reload_conf()')
    await until(async () => (await admin.query<{ ssl: string }>('show ssl')).rows[0]?.ssl === 'on')
  } finally {
    await admin.end()
  }
}
