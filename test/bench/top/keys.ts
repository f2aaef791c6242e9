import { setTimeout as sleep } from 'node:timers/promises'
import type { TopInPty } from './pty.ts'

/** Not in step with the second in which data comes. */
const betweenMs = 37

/**
 * Milliseconds from each of so many keys to the piece of output that shows what it did, while data comes in: a row down, a row
 * up, and every tenth time a page further or back, of which each row is another.
 */
export async function keyTimes(top: TopInPty, count: number): Promise<number[]> {
  const times: number[] = []
  for (let pressed = 0; pressed < count; pressed += 1) {
    times.push(await answered(top, keyAt(pressed)))
    await sleep(betweenMs)
  }
  return times
}

const pageUp = '\u001B[5~'
const pageDown = '\u001B[6~'

function keyAt(pressed: number): string {
  if (pressed % 10 === 9) return pressed % 20 === 9 ? pageDown : pageUp
  return pressed % 2 === 0 ? 'j' : 'k'
}

/** The cursor follows its task: that it is on another one is the key's doing. */
async function answered(top: TopInPty, key: string): Promise<number> {
  const before = chosen(top)
  const pressedAtMs = performance.now()
  top.press(key)
  const shownAtMs = await top.shows(() => ![before, undefined].includes(chosen(top)))
  return shownAtMs - pressedAtMs
}

/** By its title; see fleet.ts. */
const chosen = ({ screen }: TopInPty): string | undefined =>
  /document \d+/.exec(screen.line(screen.markedRow))?.[0]
