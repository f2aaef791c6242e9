import type { Logger } from '../ports/logger.ts'

/** For short commands, which say what happened by their answer. */
export function silentLogger(): Logger {
  const logger: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => logger }
  return logger
}
