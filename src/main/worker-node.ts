import { locateSocket } from '../config/locate.ts'
import { nodeId, type NodeId } from '../domain/ids.ts'
import { notedNodeId } from './node-id.ts'
import type { Origin } from './origin.ts'
import { placeOf } from './place.ts'

/** A daemon answers such a question from memory. */
const askMs = 2_000

/**
 * As part of which node a worker works: that of the daemon that runs it, or else of the one that answers beside it, for only a task of
 * its own node has a share in a daemon's gateway; where none answers, that of this state directory, or the machine's name.
 */
export async function workerNode(origin: Origin, stateDir: string): Promise<NodeId> {
  const told = origin.process.env['JRCTL_NODE_ID'] ?? ''
  if (told !== '') return nodeId(told)
  return (await nodeOfDaemon(origin)) ?? nodeId(notedNodeId(stateDir))
}

/** Null: none answers here. A worker needs none. */
async function nodeOfDaemon({ process, configPath, clock }: Origin): Promise<NodeId | null> {
  const { createClient } = await import('../client/client.ts')
  try {
    const { socket } = await locateSocket({ ...placeOf(process), configPath })
    const client = createClient({ socketPath: socket, actor: 'worker', clock, timeoutMs: askMs })
    return (await client.call('status', {})).daemon.nodeId
  } catch {
    return null
  }
}
