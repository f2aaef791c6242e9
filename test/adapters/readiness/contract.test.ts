import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { type Server, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../../src/adapters/clock.ts'
import { createReadinessProbe } from '../../../src/adapters/readiness/readiness-probe.ts'
import { type ProbeGround, readinessProbeContract } from '../../contract-suites/readiness-probe.ts'
import { fakeReadinessProbe } from '../../fakes/readiness-probe.ts'

readinessProbeContract('sockets and files', async (): Promise<ProbeGround> => {
  const dir = await mkdtemp(join(tmpdir(), 'jrctl-ready-'))
  const file = join(dir, 'worker.log')
  // A port that was free a moment ago, and that nobody else is given now.
  const port = await freePort()
  let server: Server | undefined
  return {
    probe: createReadinessProbe(systemClock()),
    port,
    file,
    async open() {
      server = await listening(port)
    },
    write: (text) => appendFile(file, text),
    async dispose() {
      await closed(server)
      await rm(dir, { recursive: true })
    },
  }
})

readinessProbeContract('fake', async (): Promise<ProbeGround> => {
  const probe = fakeReadinessProbe()
  const file = '/logs/worker.log'
  return {
    probe,
    port: 8080,
    file,
    open: async () => void probe.open.add('127.0.0.1:8080'),
    write: async (text) => {
      for (const line of text.split('\n').slice(0, -1)) probe.write(file, line)
    },
    dispose: async () => {},
  }
})

async function freePort(): Promise<number> {
  const server = await listening(0)
  const address = server.address()
  await closed(server)
  return typeof address === 'object' && address !== null ? address.port : 0
}

function listening(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}

function closed(server: Server | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (server === undefined) resolve()
    else server.close(() => resolve())
  })
}
