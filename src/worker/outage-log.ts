import { messageOf } from '../errors.ts'
import type { Logger } from '../ports/logger.ts'

/** Tells once that the database went away and once that it is back, however many calls fail in between. */
export interface OutageLog {
  failed(doing: string, error: unknown): void
  succeeded(): void
  readonly down: boolean
}

export function createOutageLog(logger: Logger): OutageLog {
  let down = false
  return {
    failed(doing, error) {
      const fields = { doing, error: messageOf(error) }
      if (down) return logger.debug(fields, 'the queue is still out of reach')
      down = true
      logger.warn(fields, 'the queue is out of reach; work at hand goes on and its results are kept')
    },
    succeeded() {
      if (!down) return
      down = false
      logger.info({}, 'the queue is back')
    },
    get down() {
      return down
    },
  }
}
