import type { AlertSender } from '../../ports/alerts.ts'
import type { AlertMessage } from '../../domain/alerts/message.ts'

/** Says each alert aloud: into the daemon's log, or to who called a command. */
export function createSpokenSender(options: {
  where: string
  say(message: AlertMessage): void
}): AlertSender {
  return {
    async send(message) {
      options.say(message)
      return { kind: 'delivered', by: options.where }
    },
  }
}
