import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { join } from 'node:path'
import { jrctlPath, temporaryPlace } from '../../support/jrctl.ts'
import { end, freePort, listening } from './child.ts'
import { chatPath, type Contender, type Standing } from './contender.ts'

const bundle = new URL('../../../dist/main.js', import.meta.url).pathname
const jr = 'Bench Jr.'

/** As the daemon has it by default: all connections of the largest load, and none more. */
export const placesOfLoad = 64

export interface OurOptions {
  /** How many requests may be on, in all and at the upstream. */
  inFlight: number
  /** V8's young generation, MiB a half; null: as bin/jrctl starts the daemon. */
  semiSpaceMib: number | null
}

/** The daemon as it is built and started, with a rate that nobody reaches, and a real attempt's key. */
export function jrctlContender(options: OurOptions, name = 'jrctl'): Contender {
  return { name, rewrites: false, missing: () => null, start: (port) => startDaemon(port, options) }
}

async function startDaemon(upstreamPort: number, { inFlight, semiSpaceMib }: OurOptions): Promise<Standing> {
  const place = await temporaryPlace()
  const port = await freePort()
  const config = join(place.dir, 'jrctl.toml')
  const socket = join(place.dir, 'jrctl.sock')
  await writeFile(config, configText({ port, socket, upstreamPort, inFlight }))
  const [program, ...before]: [string, ...string[]] =
    semiSpaceMib === null ? [jrctlPath] : [process.execPath, `--max-semi-space-size=${semiSpaceMib}`, bundle]
  const child = spawn(program, [...before, 'daemon', '--config', config], {
    cwd: place.dir,
    env: place.env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  child.stderr.pipe(createWriteStream(join(place.dir, 'daemon.log')))
  await listening(port, child)
  const target = {
    port,
    path: chatPath,
    headers: { authorization: `Bearer ${await claimKey(socket, child)}` },
  }
  return {
    target,
    pid: child.pid ?? null,
    async stop() {
      await end(child)
      await place.remove()
    },
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
async function claimKey(socket: string, daemon: ChildProcess): Promise<string> {
  await post(socket, '/v1/tasks', { tasks: [{ title: 'The bench', assignedJr: jr }] }, daemon)
  const claimed = (await post(
    socket,
    '/v1/attempts/claim',
    { jr, leaseMs: 3_600_000, waitMs: 10_000 },
    daemon,
  )) as {
    attempts: { key: string }[]
  }
  const key = claimed.attempts[0]?.key
  if (key === undefined) throw new Error('the bench got no task')
  return key
}

async function post(socketPath: string, path: string, body: object, daemon: ChildProcess): Promise<unknown> {
  if (daemon.exitCode !== null) throw new Error(`the daemon ended with ${daemon.exitCode}`)
  const asked = request({
    socketPath,
    path,
    method: 'POST',
    headers: { 'content-type': 'application/json', host: 'jrctl' },
  })
  asked.end(JSON.stringify(body))
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  const said = await text(answer)
  if (answer.statusCode === undefined || answer.statusCode >= 300)
    throw new Error(`${path} answered ${answer.statusCode}: ${said}`)
  return JSON.parse(said) as unknown
}
