import type { AlertDelivery, AlertProgramRunner, AlertSender } from '../../ports/alerts.ts'

/** Gives each alert as a line of JSON to a program's stdin. Exit code 0 is a delivery. */
export function createProgramSender(options: {
  command: readonly [string, ...string[]]
  env: Record<string, string>
  timeoutMs: number
  run: AlertProgramRunner
}): AlertSender {
  const { command, timeoutMs, run } = options
  const [program] = command
  return {
    async send(message, signal): Promise<AlertDelivery> {
      const env = {
        ...options.env,
        JRCTL_ALERT_ID: message.id,
        JRCTL_ALERT_KEY: message.key,
        JRCTL_ALERT_CHANGE: message.change,
        JRCTL_ALERT_SEVERITY: message.severity,
      }
      const stdin = `${JSON.stringify(message)}\n`
      const end = await run({ command, env, stdin, timeoutMs }, signal)
      if (end.kind === 'exited' && end.code === 0) return { kind: 'delivered', by: program }
      const how = end.kind === 'exited' ? `exited with code ${end.code}` : end.reason
      const said = end.tail === '' ? '' : `: ${end.tail}`
      return { kind: 'failed', reason: `${program} ${how}${said}`, isRefused: false }
    },
  }
}
