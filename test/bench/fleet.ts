import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Place, type Running, jrctl, start, temporaryPlace } from '../support/jrctl.ts'

/** A daemon on the shipped configuration with an empty queue, in a folder of its own. */
export interface Fleet {
  place: Place
  daemon: Running
  pid: number
  /** The embedded database's URL. */
  url(): Promise<string>
  end(): Promise<void>
}

const exampleConfig = new URL('../../config.example.toml', import.meta.url).pathname

/** @param env overrides of the configuration */
export async function startFleet(workers: number, env: Record<string, string> = {}): Promise<Fleet> {
  const place = await temporaryPlace({ JRCTL_CONFIG: exampleConfig, ...env })
  const daemon = start(place, ['daemon'])
  await daemon.said(/ runs, pid/)
  await untilStatus(
    place,
    (status) => status.workers.filter(({ state }) => state === 'running').length >= workers,
  )
  const status = await readStatus(place)
  return {
    place,
    daemon,
    pid: status.daemon.pid,
    url: async () => {
      // Read as a worker gets it: from the environment of one of them.
      const worker = status.workers.find(({ pid }) => pid !== null)
      const environ = await readFile(join('/proc', String(worker?.pid), 'environ'), 'utf8')
      const line = environ.split('\0').find((entry) => entry.startsWith('DATABASE_URL='))
      if (line === undefined) throw new Error('no worker carries DATABASE_URL')
      return line.slice('DATABASE_URL='.length)
    },
    async end() {
      daemon.child.kill('SIGTERM')
      await daemon.exited
      await place.remove()
    },
  }
}

interface Status {
  daemon: { pid: number; rssBytes: number }
  workers: { pid: number | null; state: string }[]
}

async function readStatus(place: Place): Promise<Status> {
  const { stdout, stderr, code } = await jrctl(place, ['status', '--json'])
  if (code !== 0) throw new Error(`jrctl status: ${stderr}`)
  return JSON.parse(stdout) as Status
}

async function untilStatus(place: Place, holds: (status: Status) => boolean): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (holds(await readStatus(place))) return
  }
  throw new Error('the fleet did not come up')
}
