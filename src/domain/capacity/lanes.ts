/** The places of the upstreams, counted. */
export interface Lanes {
  set(name: string, places: number): void
  /** Of null, and of a lane never heard of: always. */
  hasRoom(name: string | null): boolean
  occupy(name: string | null): void
  vacate(name: string | null): void
}

interface Lane {
  places: number
  taken: number
}

/** @param changed hears of a lane that has become full, or has room again; perhaps more than once in a row */
export function createLanes(changed: (name: string, full: boolean) => void): Lanes {
  const lanes = new Map<string, Lane>()

  function add(name: string | null, places: number): void {
    if (name === null) return
    const lane = lanes.get(name) ?? newLane(name)
    const wasFull = lane.taken >= lane.places
    lane.taken += places
    const isFull = lane.taken >= lane.places
    if (wasFull !== isFull) changed(name, isFull)
  }

  function newLane(name: string): Lane {
    const lane = { places: Infinity, taken: 0 }
    lanes.set(name, lane)
    return lane
  }

  return {
    set(name, places) {
      const lane = lanes.get(name) ?? newLane(name)
      lane.places = places
      changed(name, lane.taken >= places)
    },
    hasRoom(name) {
      const lane = name === null ? undefined : lanes.get(name)
      return lane === undefined || lane.taken < lane.places
    },
    occupy: (name) => add(name, 1),
    vacate: (name) => add(name, -1),
  }
}
