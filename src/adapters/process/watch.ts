import type { Clock } from '../../ports/clock.ts'
import { openLifeline } from './lifeline.ts'

/** Where the lifeline is silent or missing, the end of an adopted process is seen after so long at the latest. */
const pollMs = 2000
/** From the end of the lifeline to the end of the process, for the kernel closes files first. */
const lastBreathMs = 5
/** Should the lifeline end while the process lives on (somebody closed it), looking goes back to its usual pace. */
const lastBreaths = 40

/** Settles when a process that is not our child has ended: told by its lifeline, else found by looking. */
export async function watchEnd(pid: number, isAlive: () => boolean, clock: Clock): Promise<void> {
  let breaths = 0
  let wake = (): void => {}
  const lifeline = openLifeline(pid, () => {
    breaths = lastBreaths
    wake()
  })
  while (isAlive()) {
    const waitMs = breaths > 0 ? lastBreathMs : pollMs
    breaths = Math.max(0, breaths - 1)
    await new Promise<void>((resolve) => {
      const timer = clock.after(waitMs, resolve, { background: true })
      wake = () => {
        timer.cancel()
        resolve()
      }
    })
  }
  lifeline?.close()
}
