import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/adapters/clock.ts'
import { headOf, parseHost, whereOf } from '../../src/client/address.ts'
import { createClient } from '../../src/client/client.ts'

describe('--host', () => {
  it.each([
    ['fleet.example.org:3001', 'http://fleet.example.org:3001'],
    ['127.0.0.1', 'http://127.0.0.1'],
    ['http://[::1]:3001/', 'http://[::1]:3001'],
    ['https://fleet.example.org/jrctl/', 'https://fleet.example.org/jrctl'],
    ['HTTP://Fleet.Example.org:3001', 'http://fleet.example.org:3001'],
  ])('%s is %s', (written, url) => {
    expect(whereOf(parseHost(written, null))).toBe(url)
  })

  it.each(['', 'ftp://x', 'http://', 'http://u:canary@x', 'http://x/?token=canary', 'a b', 'http://x:99999'])(
    'refuses %j, and repeats nothing of it',
    (written) => {
      expect(() => parseHost(written, null)).toThrow('--host (or JRCTL_HOST)')
      expect(() => parseHost(written, null)).not.toThrow('canary')
    },
  )

  it('shows the token, and an attempt’s key on a socket', () => {
    expect(headOf({ url: 'https://h/jrctl', token: 't' })).toEqual({
      prefix: '/jrctl',
      headers: { Host: 'h', Authorization: 'Bearer t' },
    })
    expect(headOf({ socketPath: '/s', key: 'k' }).headers).toEqual({
      Host: 'jrctl',
      Authorization: 'Bearer k',
    })
    expect(headOf(parseHost('h', '')).headers).not.toHaveProperty('Authorization')
  })
})

describe('a client over TCP', () => {
  let server: Server
  let url: string
  beforeAll(async () => {
    server = createServer(({ url: path, headers }, response) => {
      if (path === '/healthz') response.end('<html>')
      else if (path === '/v1/status') response.writeHead(302, { location: '/elsewhere' }).end()
      else response.end(JSON.stringify({ apiVersion: 1, path, headers }))
    })
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as { port: number }).port}`
  })
  afterAll(() => new Promise((resolve) => server.close(resolve)))

  const client = () =>
    createClient({ url, token: 'secret', actor: 'me', clock: systemClock(), timeoutMs: 2_000 })

  it('sends its token, and its own host', async () => {
    const answer = (await client().call('listTasks', {})) as unknown as { headers: Record<string, string> }
    expect(answer.headers).toMatchObject({
      authorization: 'Bearer secret',
      host: url.slice('http://'.length),
    })
  })

  it('knows what is not jrctl, and follows nobody elsewhere', async () => {
    await expect(client().call('health', {})).rejects.toThrow(`What answers on ${url} is not jrctl`)
    await expect(client().call('status', {})).rejects.toThrow('HTTP status 302')
  })

  it('says where nobody answers', async () => {
    const nowhere = createClient({ ...parseHost('127.0.0.1:1', 'canary'), actor: 'me', clock: systemClock() })
    const error = await nowhere.call('health', {}).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'daemon.unreachable',
      message: 'No daemon answers on http://127.0.0.1:1',
    })
    expect(JSON.stringify(error)).not.toContain('canary')
  })
})
