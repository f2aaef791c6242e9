import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Why the tests that need them are skipped; null: they can be made. */
export const certificatesMissing =
  spawnSync('openssl', ['version']).status === 0 ? null : 'skipped: no openssl on this machine'

export interface Certificates {
  /** Files. */
  authority: string
  stranger: string
  serverKey: string
  /** For the name `localhost` alone. */
  serverCertificate: string
  remove(): Promise<void>
}

const run = promisify(execFile)

/** An authority, a server's certificate signed by it, and another authority that signed nothing. */
export async function makeCertificates(): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), 'jrctl-test-tls-'))
  const at = (name: string) => join(folder, name)
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const openssl = (...args: string[]) => run('openssl', args)
  for (const name of ['authority', 'stranger'])
    await openssl(
      'req',
      '-x509',
      ...newKey,
      '-subj',
      `/CN=${name}`,
      '-keyout',
      at(`${name}.key`),
      '-out',
      at(`${name}.crt`),
    )
  await openssl(
    'req',
    ...newKey,
    '-subj',
    '/CN=server',
    '-keyout',
    at('server.key'),
    '-out',
    at('server.csr'),
  )
  await writeFile(at('names'), 'subjectAltName=DNS:localhost\n')
  const request = ['-req', '-in', at('server.csr'), '-days', '2', '-extfile', at('names'), '-set_serial', '2']
  const signing = ['-CA', at('authority.crt'), '-CAkey', at('authority.key')]
  await openssl('x509', ...request, ...signing, '-out', at('server.crt'))
  return {
    authority: at('authority.crt'),
    stranger: at('stranger.crt'),
    serverKey: at('server.key'),
    serverCertificate: at('server.crt'),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
