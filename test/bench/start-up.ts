import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type Place, jrctl, temporaryPlace } from '../support/jrctl.ts'
import { type Figure, median } from './figure.ts'

const root = new URL('../..', import.meta.url).pathname
const rounds = 3

/** From `npm start` on a built tree to the first task in progress, with a new and with a warm embedded database. */
export async function startUp(): Promise<Figure[]> {
  const fresh: number[] = []
  const warm: number[] = []
  for (let round = 0; round < rounds; round++) {
    const place = await temporaryPlace()
    fresh.push(await untilFirstTask(place))
    warm.push(await untilFirstTask(place))
    await place.remove()
  }
  const figure = (what: string, values: number[], limitMs: number): Figure => ({
    what,
    measured: `${(median(values) / 1000).toFixed(2)} s`,
    target: `≤ ${limitMs / 1000} s`,
    met: median(values) <= limitMs,
  })
  return [
    figure('`npm start` to the first task in progress, new database', fresh, 6000),
    figure('`npm start` to the first task in progress, warm database', warm, 3000),
  ]
}

async function untilFirstTask(place: Place): Promise<number> {
  const stateDir = join(place.dir, '.jrctl')
  const startedAt = Date.now()
  const npm = spawn('npm', ['start', '--', '--state-dir', stateDir], {
    cwd: root,
    env: place.env,
    stdio: 'ignore',
    detached: true,
  })
  const exited = once(npm, 'exit')
  const firstAt = await firstStart(place, startedAt)
  process.kill(-(npm.pid ?? 0), 'SIGINT')
  await exited
  return firstAt - startedAt
}

/** When the first task of this run was started, by the database's clock, which is this machine's. */
async function firstStart(place: Place, sinceMs: number): Promise<number> {
  for (let tries = 0; tries < 300; tries++) {
    const { code, stdout } = await jrctl(place, ['tasks', 'list', '--limit', '1000', '--json'])
    if (code !== 0) continue
    const { tasks } = JSON.parse(stdout) as { tasks: { startedAt: number | null }[] }
    const starts = tasks.flatMap(({ startedAt }) =>
      startedAt !== null && startedAt >= sinceMs ? [startedAt] : [],
    )
    if (starts.length > 0) return Math.min(...starts)
  }
  throw new Error('no task was ever started')
}
