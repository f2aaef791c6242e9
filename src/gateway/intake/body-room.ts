/**
 * The memory that the bodies of all requests may take together, from when they come until their exchange is over: so many may
 * wait, each with a body as large as one may be, that the daemon would not survive all of it.
 */
export interface BodyRoom {
  /** False: there is none for so many more, and none is taken. */
  take(bytes: number): boolean
  giveBack(bytes: number): void
}

export function createBodyRoom(bytesMax: number): BodyRoom {
  let taken = 0
  return {
    take(bytes) {
      // Whoever is alone always has room, however small the bound was chosen.
      if (taken > 0 && taken + bytes > bytesMax) return false
      taken += bytes
      return true
    },
    giveBack(bytes) {
      taken -= bytes
    },
  }
}
