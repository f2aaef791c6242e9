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
