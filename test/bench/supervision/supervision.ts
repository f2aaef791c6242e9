import type { Measured } from '../figure.ts'
import { type BenchServer, startServer } from '../queue/server.ts'
import { scale } from '../scale.ts'
import type { Contender } from './contender.ts'
import { jrctlContender } from './jrctl.ts'
import { type Found, type LivesBySize, sizes, watchMs } from './found.ts'
import { measureLife, memoryWithOne } from './life.ts'
import { measureLoop } from './loop.ts'
import { detailsOf, figuresOf } from './page.ts'
import { pm2Contender } from './pm2.ts'
import { measureRelaunch } from './relaunch.ts'
import { measureRest } from './rest.ts'
import { supervisordContender } from './supervisord.ts'
import { runitContender, s6Contender } from './trees.ts'

/** Kills of one life. */
const killsEach = 20
const asksEach = 5

const peers = [pm2Contender, supervisordContender, runitContender, s6Contender]

/** jrctl's supervisor and its peers, taking turns. */
export async function supervision(): Promise<Measured> {
  const server = await startServer()
  try {
    return await measure(server)
  } finally {
    await server.stop()
  }
}

async function measure(server: BenchServer): Promise<Measured> {
  const jrctl = jrctlContender(server, false)
  const contenders = [jrctl, ...peers]
  const absent = contenders.filter((one) => one.missing() !== null)
  for (const one of absent) tell(`${one.name} is not measured: ${one.missing()}`)
  const present = contenders.filter((one) => !absent.includes(one))
  const lives = new Map<Contender, LivesBySize>(present.map((one) => [one, noLives()]))
  for (let round = 0; round < scale.fleetRounds; round++) {
    for (const size of sizes) {
      for (const one of rotated(present, round)) {
        tell(`round ${round + 1}: ${size} workers of ${one.name} …`)
        const life = await measureLife(one, size, { kills: Math.min(killsEach, scale.kills), asks: asksEach })
        lives.get(one)?.[size].push(life)
      }
    }
  }
  const found: Found[] = []
  for (const contender of present) {
    tell(`${contender.name}: one worker, at rest, crash loop, killed supervisor …`)
    found.push({
      contender,
      lives: lives.get(contender) ?? noLives(),
      one: await memoryWithOne(contender),
      rest: await measureRest(contender, 50, watchMs),
      rest200: contender === jrctl ? await measureRest(contender, 200, watchMs) : null,
      loop: await measureLoop(contender === jrctl ? jrctlContender(server, true) : contender, watchMs),
      relaunched: await measureRelaunch(contender, 50),
    })
  }
  return { figures: figuresOf(found), details: detailsOf(found, absent) }
}

const noLives = (): LivesBySize => ({ 50: [], 200: [] })

/** Each round begins with another, so that nobody always has the machine as the same one left it. */
const rotated = <T>(items: readonly T[], by: number): T[] => [
  ...items.slice(by % items.length),
  ...items.slice(0, by % items.length),
]

const tell = (text: string): void => void process.stderr.write(`  ${text}\n`)
