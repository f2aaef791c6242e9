import type { Measured as Section } from '../figure.ts'
import { installPeers } from '../queue/peers.ts'
import { scale } from '../scale.ts'
import { type Aborts, abortClients } from './aborts.ts'
import { startUpstream } from './child.ts'
import { bareProxy, direct, nginx, portkey } from './contenders.ts'
import type { Contender } from './contender.ts'
import { jrctlContender, placesOfLoad } from './ours.ts'
import { detailsOf, figuresOf } from './page.ts'
import { measureRounds, tell } from './rounds.ts'
import { stalledStreams } from './stalled.ts'
import { youngGenerations } from './young-generation.ts'

/** What the gateway costs, beside what others do; and what becomes of it when clients misbehave. */
export async function gateway(): Promise<Section> {
  installPeers()
  const upstream = await startUpstream()
  try {
    const ours = jrctlContender({ inFlight: placesOfLoad, nodeArgs: null })
    const contenders = [direct, bareProxy, ours, portkey, nginx]
    const absent = contenders.filter((one) => one.missing() !== null)
    for (const one of absent) tell(`${one.name} is not measured: ${one.missing()}`)
    const present = contenders.filter((one) => !absent.includes(one))
    const measured = await measureRounds(present, upstream.port)
    tell(`${scale.stalledStreams} streams with stalled readers …`)
    const stalled = new Map<Contender, number>()
    for (const one of [jrctlContender({ inFlight: scale.stalledStreams, nodeArgs: null }), bareProxy])
      stalled.set(one, await withOne(one, upstream.port))
    tell(`${scale.aborts} clients go away …`)
    const aborts = await aborted(upstream)
    tell('the daemon with young generations of several sizes …')
    const young = await youngGenerations(upstream.port)
    const found = { measured, absent, stalled, aborts }
    return { figures: figuresOf(found), details: `${detailsOf(found)}\n\n${young}` }
  } finally {
    await upstream.stop()
  }

  async function withOne(contender: Contender, port: number): Promise<number> {
    const standing = await contender.start(port)
    try {
      return await stalledStreams(standing, contender.rewrites, scale.stalledStreams)
    } finally {
      await standing.stop()
    }
  }

  async function aborted(from: typeof upstream): Promise<Aborts> {
    const standing = await jrctlContender({ inFlight: placesOfLoad, nodeArgs: null }).start(from.port)
    try {
      return await abortClients(standing, from, scale.aborts, placesOfLoad)
    } finally {
      await standing.stop()
    }
  }
}
