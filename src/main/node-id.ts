import { readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { type NodeId, nodeId } from '../domain/ids.ts'
import type { Random } from '../ports/random.ts'
import type { StateStore } from '../ports/state-store.ts'

const documentKey = 'node.id'

/** Beside the state, for whoever must name this node and may not open the state: SQLite makes files even for a reader. */
function noteOf(stateDir: string): string {
  return join(stateDir, 'node-id')
}

/** Stable for as long as the state directory lives. */
export function nodeIdOf(store: StateStore, stateDir: string, random: Random): NodeId {
  const known = store.get(documentKey)
  const id = nodeId(typeof known === 'string' ? known : `${hostname()}-${random.hex(4)}`)
  if (known !== id) store.put(documentKey, id)
  noteDown(stateDir, id)
  return id
}

/** The node of this state directory by what its daemon noted; of one without a note, the machine's name. */
export function notedNodeId(stateDir: string): string {
  try {
    const noted = readFileSync(noteOf(stateDir), 'utf8').trim()
    return noted === '' ? hostname() : noted
  } catch {
    return hostname()
  }
}

function noteDown(stateDir: string, id: NodeId): void {
  try {
    if (notedNodeId(stateDir) !== id) writeFileSync(noteOf(stateDir), `${id}\n`, { mode: 0o600 })
  } catch {
    // A full disk: the fleet does not wait for a name in alerts.
  }
}
