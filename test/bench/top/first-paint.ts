import type { BusyFleet } from './fleet.ts'
import { startTop } from './pty.ts'

const rounds = 11

/** Milliseconds from executing `jrctl top` to a frame with rows in it, the code compiled before. */
export async function firstPaints(fleet: BusyFleet): Promise<number[]> {
  const times: number[] = []
  for (let round = 0; round <= rounds; round += 1) {
    const top = await startTop([], fleet.place)
    // The first one compiles for the others.
    if (round > 0) times.push(top.drawnAtMs - top.execAtMs)
    await top.quit()
  }
  return times
}
