/** Where a backup would be brought back to, and what speaks of another place. */
export interface Destination {
  /** Where it would go. */
  stateDir: string
  /** Somebody named that place for this restore, and means it. */
  isNamed: boolean
  /** Where it was taken of; null: it does not say. */
  takenOf: string | null
  /** Links and all, these two are one folder. */
  isSame: boolean
  /** The configuration of a fleet that is installed on this machine, and is not the one that is used here; null: none. */
  otherFleet: string | null
}

/**
 * Why nobody can have meant that place without saying so: a second state of one fleet in a folder where its daemon does not look would
 * be told as restored. Null: it is where it was taken of, or was named.
 */
export function destinationDoubt({
  stateDir,
  isNamed,
  takenOf,
  isSame,
  otherFleet,
}: Destination): 'elsewhere' | 'beside' | null {
  if (isNamed || isSame || takenOf === stateDir) return null
  if (takenOf !== null) return 'elsewhere'
  return otherFleet === null ? null : 'beside'
}

/** Why a restored state must not be the node that it was, whose daemon may be at work still. */
export type OtherNodeCause = 'machine' | 'folder'

/**
 * Null: it stays that node.
 * @param isSameFolder the one that it was taken of; null: it does not say, and is believed to be
 */
export function whyOtherNode(wish: {
  keepNode: boolean
  isSameMachine: boolean
  isSameFolder: boolean | null
}): OtherNodeCause | null {
  if (wish.keepNode) return null
  if (!wish.isSameMachine) return 'machine'
  return wish.isSameFolder === false ? 'folder' : null
}
