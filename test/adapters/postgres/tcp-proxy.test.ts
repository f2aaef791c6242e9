import { once } from 'node:events'
import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { emptyDatabase, type TestDatabase } from '../../support/postgres.ts'
import { proxyBefore, startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts'

/** The faults that other tests build on are themselves worth a proof. */
describe('before an echo server', () => {
  let proxy: TcpProxy
  let served: Socket[]
  let serverPort: number
  let stop: () => Promise<void>
  let clients: Socket[]

  beforeEach(async () => {
    served = []
    clients = []
    const server = createServer((socket) => {
      served.push(socket.on('error', () => {}))
      socket.pipe(socket)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    serverPort = (server.address() as AddressInfo).port
    proxy = await startTcpProxy({ host: '127.0.0.1', port: serverPort })
    stop = async () => {
      for (const socket of [...clients, ...served]) socket.destroy()
      await proxy.close()
      await new Promise((resolve) => server.close(resolve))
    }
  })
  afterEach(() => stop())

  const open = () => openPort(proxy.port)
  const openDirectly = () => openPort(serverPort)

  async function openPort(port: number): Promise<Socket> {
    const socket = connect({ host: '127.0.0.1', port })
    clients.push(socket)
    await once(socket, 'connect')
    return socket
  }

  async function echo(socket: Socket, text: string): Promise<string> {
    socket.write(text)
    const [bytes] = (await once(socket, 'data')) as [Buffer]
    return bytes.toString()
  }

  it('passes bytes both ways, and the end of a connection', async () => {
    const socket = await open()
    expect(await echo(socket, 'hello')).toBe('hello')
    expect(proxy.counts.bytes).toEqual({ toServer: 5, toClient: 5 })
    socket.end()
    await once(socket, 'close')
    expect(proxy.counts.cut).toBe(0)
  })

  it('resets every connection', async () => {
    const socket = await open()
    await echo(socket, 'a')
    const broken = once(socket, 'error')
    expect(proxy.cut()).toBe(1)
    expect((await broken)[0]).toMatchObject({ code: 'ECONNRESET' })
    expect(proxy.openCount()).toBe(0)
    expect(await echo(await open(), 'b')).toBe('b')
  })

  it('cuts after so many bytes, mid-message', async () => {
    const socket = await open()
    const heard: Buffer[] = []
    socket.on('data', (bytes) => heard.push(Buffer.from(bytes)))
    const cut = proxy.cutAfter('toClient', 3)
    const broken = once(socket, 'error')
    socket.write('hello')
    await Promise.all([cut, broken])
    expect(Buffer.concat(heard).toString()).toBe('hel')
  })

  it.each(['toServer', 'toClient', 'both'] as const)(
    'holds %s, and delivers after healing',
    async (direction) => {
      const [socket, other] = [await open(), await open()]
      await Promise.all([echo(socket, 'a'), echo(other, 'a')])
      const atServer = served.map((each) => each.bytesRead)
      proxy.blackHole(direction)
      const answer = echo(socket, 'late')
      // What passes beside the proxy meanwhile shows that there was time enough.
      expect(await echo(await openDirectly(), 'beside')).toBe('beside')
      expect(socket.bytesRead).toBe(1)
      if (direction !== 'toClient') expect(served.slice(0, 2).map((each) => each.bytesRead)).toEqual(atServer)
      proxy.heal()
      expect(await answer).toBe('late')
    },
  )

  it('forgets old connections and serves new ones, as a firewall does', async () => {
    const old = await open()
    await echo(old, 'a')
    proxy.blackHole('both', 'served')
    old.write('lost')
    expect(await echo(await open(), 'new')).toBe('new')
    expect(old.bytesRead).toBe(1)
  })

  it('refuses whoever comes', async () => {
    proxy.refuse()
    const socket = connect({ host: '127.0.0.1', port: proxy.port })
    clients.push(socket)
    expect((await once(socket, 'error'))[0]).toMatchObject({ code: 'ECONNRESET' })
    proxy.heal()
    expect(await echo(await open(), 'b')).toBe('b')
  })

  it('delays each direction, in order', async () => {
    const socket = await open()
    await echo(socket, 'a')
    proxy.delay(40)
    const began = performance.now()
    socket.write('1')
    proxy.delay(20)
    expect(await echo(socket, '2')).toMatch(/^1/)
    expect(performance.now() - began).toBeGreaterThanOrEqual(39)
  })

  it('closes with connections and faults open', async () => {
    const socket = await open()
    await echo(socket, 'a')
    proxy.blackHole()
    const never = expect(proxy.cutAfter('toServer', 9)).rejects.toThrow('closed before')
    const broken = once(socket, 'error')
    await proxy.close()
    await Promise.all([never, broken])
  })
})

describe('before PostgreSQL', () => {
  let database: TestDatabase
  let proxy: TcpProxy
  let direct: Client
  let client: Client

  beforeEach(async () => {
    database = await emptyDatabase()
    proxy = await proxyBefore(database.url)
    direct = new Client({ connectionString: database.url })
    client = new Client({ connectionString: proxy.through(database.url) })
    client.on('error', () => {})
    await Promise.all([direct.connect(), client.connect()])
    await direct.query('create table t (n int); insert into t values (0)')
  })
  afterEach(async () => {
    await proxy.close()
    await Promise.all([direct.end(), client.end().catch(() => {})])
    await database.drop()
  })

  const value = async () => (await direct.query('select n from t')).rows[0]

  it('loses the acknowledgement of a COMMIT, not the work', async () => {
    const lost = proxy.cutReply({ tag: /^COMMIT/ })
    await client.query('begin')
    await client.query('update t set n = $1', [1])
    await expect(client.query('commit')).rejects.toThrow()
    await lost
    expect(await value()).toEqual({ n: 1 })
    expect(proxy.counts.repliesLost).toBe(1)
  })

  it('finds the second statement of a text, prepared or not', async () => {
    const lost = proxy.cutReply({ sql: /set n = n \+/, nth: 2 })
    const add = () => client.query({ name: 'add', text: 'update t set n = n + $1', values: [1] })
    await client.query('select n from t')
    await add()
    await expect(add()).rejects.toThrow()
    await lost
    expect(await value()).toEqual({ n: 2 })
  })

  it('can lose what is not committed yet, which undoes it', async () => {
    const lost = proxy.cutReply({ tag: /^UPDATE/, uncommitted: true })
    await client.query('begin')
    await expect(client.query('update t set n = 1')).rejects.toThrow()
    await lost
    expect(await value()).toEqual({ n: 0 })
  })
})
