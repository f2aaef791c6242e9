import { createServer } from 'node:net'
import type { Random } from '../../ports/random.ts'

/** Below the ephemeral range (32768…), where a passing outgoing connection could take the port while the server is down. */
const first = 20_000
const last = 32_000
const triesMax = 30

/** The wanted port when it is free on the loopback, else a free one drawn at random, else any that the kernel has. */
export async function freePort(wanted: number | null, random: Random): Promise<number> {
  if (wanted !== null && (await tryPort(wanted)) !== null) return wanted
  for (let tries = 0; tries < triesMax; tries++) {
    const port = await tryPort(first + Math.floor(random.unit() * (last - first)))
    if (port !== null) return port
  }
  const port = await tryPort(0)
  if (port === null) throw new Error('The loopback interface has no free port')
  return port
}

/** Binds and lets go: the port when that worked, else null. */
async function tryPort(port: number): Promise<number | null> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(null))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address()
      const bound = typeof address === 'object' && address !== null ? address.port : null
      server.close(() => resolve(bound))
    })
  })
}
