import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { join } from 'node:path'
import { jrctlPath, startProgram, temporaryPlace } from '../../support/jrctl.ts'
import { end, freePort, listening } from './child.ts'
import { chatPath, type Contender, type Standing } from './contender.ts'

const bundle = new URL('../../../dist/main.js', import.meta.url).pathname
const jr = 'Bench Jr.'

/** As the daemon has it by default: all connections of the largest load, and none more. */
export const placesOfLoad = 64

export interface OurOptions {
  /** How many requests may be on, in all and at the upstream. */
  inFlight: number
  /** What Node is started with, such as `--cpu-prof`; null: as bin/jrctl starts the daemon. */
  nodeArgs: readonly string[] | null
}

/** The daemon as it is built and started, with a rate that nobody reaches, and a real attempt's key. */
export function jrctlContender(options: OurOptions, name = 'jrctl'): Contender {
  return { name, rewrites: false, missing: () => null, start: (port) => startDaemon(port, options) }
}

async function startDaemon(upstreamPort: number, { inFlight, nodeArgs }: OurOptions): Promise<Standing> {
  const place = await temporaryPlace()
  const port = await freePort()
  const config = join(place.dir, 'jrctl.toml')
  const socket = join(place.dir, 'jrctl.sock')
  await writeFile(config, configText({ port, socket, upstreamPort, inFlight }))
  const program: [string, ...string[]] =
    nodeArgs === null ? [jrctlPath] : [process.execPath, ...nodeArgs, bundle]
  const { child } = startProgram(place, [...program, 'daemon', '--config', config])
  const stop = async (): Promise<void> => {
    await end(child)
    await place.remove()
  }
  try {
    await listening(port, child)
    await listening(socket, child)
    const headers = { authorization: `Bearer ${await claimKey(socket)}` }
    return { target: { port, path: chatPath, headers }, pid: child.pid ?? null, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

interface ConfigValues {
  port: number
  socket: string
  upstreamPort: number
  inFlight: number
}

function configText({ port, socket, upstreamPort, inFlight }: ConfigValues): string {
  return `state_dir = "state"
[queue]
embedded = true
[api]
socket = "${socket}"
[capacity]
base_rate = 1000000000
in_flight = ${inFlight}
[gateway]
listen = "127.0.0.1:${port}"
max_waiting = 10000
[[gateway.upstreams]]
name = "bench"
url = "http://127.0.0.1:${upstreamPort}"
max_in_flight = ${inFlight}
[[workers]]
name = "${jr}"
command = ["sleep", "infinity"]
instances = 0
`
}

/** A task, taken by its Jr as a worker that speaks HTTP does: its attempt's key opens the gateway. */
async function claimKey(socket: string): Promise<string> {
  await post(socket, '/v1/tasks', { tasks: [{ title: 'The bench', assignedJr: jr }] })
  const claim = { jr, leaseMs: 3_600_000, waitMs: 10_000 }
  const { attempts } = (await post(socket, '/v1/attempts/claim', claim)) as { attempts: { key: string }[] }
  const [attempt] = attempts
  if (attempt === undefined) throw new Error('the bench got no task')
  return attempt.key
}

async function post(socketPath: string, path: string, body: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json', host: 'jrctl' }
  const asked = request({ socketPath, path, method: 'POST', headers })
  asked.end(JSON.stringify(body))
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  const said = await text(answer)
  if (answer.statusCode === undefined || answer.statusCode >= 300)
    throw new Error(`${path} answered ${answer.statusCode}: ${said}`)
  return JSON.parse(said) as unknown
}
