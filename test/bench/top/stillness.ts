import { setTimeout as sleep } from 'node:timers/promises'
import type { StatusView } from '../../../src/contract/views.ts'
import type { Place } from '../../support/jrctl.ts'
import { bytesWritten } from './frames.ts'
import { startTop } from './pty.ts'
import { startStillDaemon } from './still-daemon.ts'

const settleMs = 2_000
const watchMs = 15_000

/** Bytes that `jrctl top` writes while a daemon tells the same again and again, and how often it was asked meanwhile. */
export async function stillness(place: Place, status: StatusView): Promise<{ bytes: number; asked: number }> {
  const daemon = await startStillDaemon(status)
  const top = await startTop(['--host', daemon.url], place)
  try {
    await sleep(settleMs)
    const [fromMs, askedBefore] = [performance.now(), daemon.asked()]
    await sleep(watchMs)
    return { bytes: bytesWritten(top, fromMs, performance.now()), asked: daemon.asked() - askedBefore }
  } finally {
    await top.quit()
    await daemon.end()
  }
}
