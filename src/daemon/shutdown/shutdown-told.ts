import type { Logger } from '../../ports/logger.ts'

/** How a shutdown tells what it does: one line for each of its six steps, and one a second for what a step waits for. */
export interface Told {
  step(number: number, text: string): void
  waiting(number: number, text: string): void
  wrong(text: string): void
}

/** @param aloud told the same, for whoever waits for our end (a service manager) */
export function tellShutdown(logger: Logger, aloud: (text: string) => void): Told {
  const tell = (step: number, text: string): void => {
    const line = `[${step}/6] ${text}`
    logger.info({ step }, line)
    aloud(line)
  }
  return {
    step: tell,
    waiting: tell,
    wrong: (text) => logger.error({}, text),
  }
}
