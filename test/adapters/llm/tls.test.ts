import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Upstream } from '../../../src/ports/upstream.ts'
import { certificate } from './certificate.ts'
import { impatientUpstream } from './forwarding.ts'
import { recordedCall } from './recorded-call.ts'

const known = getCACertificates()
let server: Server
let port: number
let upstream: Upstream

beforeEach(async () => {
  server = createServer(certificate, (request, response) => {
    request.resume()
    response.writeHead(200, { connection: 'close' })
    response.write('x'.repeat(100_000))
    // Without TLS's own goodbye, which an attacker could otherwise play for a whole answer.
    if (request.url === '/v1/cut') response.write('', () => request.socket.destroy())
    else response.end('end')
  })
  server.listen(0)
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})
afterEach(async () => {
  setDefaultCACertificates(known)
  await upstream.close()
  server.close()
  server.closeAllConnections()
})

const at = (host: string) => {
  upstream = impatientUpstream(port, { url: `https://${host}:${port}` })
}

describe('an upstream over TLS', () => {
  it('answers where its certificate is good', async () => {
    setDefaultCACertificates([...known, certificate.cert])
    at('localhost')
    const call = recordedCall(upstream)
    expect(await call.over).toEqual({ ended: true })
    expect(call.body).toHaveLength(100_003)
  })

  it('that ends in the middle has broken off', async () => {
    setDefaultCACertificates([...known, certificate.cert])
    at('localhost')
    const call = recordedCall(upstream, { path: '/v1/cut' })
    expect((await call.over).failure).toMatchObject({ kind: 'broken', sent: true })
  })

  it('is told nothing where nobody known has signed its certificate', async () => {
    at('localhost')
    const { failure } = await recordedCall(upstream).over
    expect(failure).toMatchObject({ kind: 'unreachable', sent: false })
    expect(failure?.message).toMatch(/nobody known has signed \(NODE_EXTRA_CA_CERTS can name its CA\)/)
  })

  it('is told nothing where its certificate is of another host', async () => {
    setDefaultCACertificates([...known, certificate.cert])
    at('127.0.0.1')
    const { failure } = await recordedCall(upstream).over
    expect(failure).toMatchObject({
      kind: 'unreachable',
      sent: false,
      message: expect.stringMatching(/another host/),
    })
  })
})
