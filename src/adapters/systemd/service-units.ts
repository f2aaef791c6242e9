import { execFile } from 'node:child_process'
import type { ServiceUnit, ServiceUnits } from '../../ports/service-units.ts'

/** What `systemctl` may say; more is not about one unit. */
const outputMax = 65_536

/**
 * Asks systemd through `systemctl`. Root's units are the system's first, everybody else's their own manager's first. Never asks for
 * a password, and never waits for longer than `timeoutMs` a call.
 */
export function createServiceUnits(options: {
  env: NodeJS.ProcessEnv
  uid: number
  timeoutMs: number
}): ServiceUnits {
  const { env, uid, timeoutMs } = options
  const scopes = uid === 0 ? (['system', 'user'] as const) : (['user', 'system'] as const)

  /** It did not answer once: who asks on has no time for it to happen again. */
  let isDeaf = false

  function systemctl(scope: ServiceUnit['scope'], args: readonly string[]): Promise<Answer> {
    const all = ['--no-ask-password', ...(scope === 'user' ? ['--user'] : []), ...args]
    const limits = { env, timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: outputMax } as const
    if (isDeaf) return Promise.resolve({ stdout: '', reason: deafText })
    return new Promise((resolve) => {
      execFile('systemctl', all, limits, (error, stdout, stderr) => {
        isDeaf ||= error?.killed === true
        // What it says last is where to read on.
        const said = stderr.trim().split('\n')[0]
        const reason = error === null ? null : isDeaf ? deafText : said || error.message
        resolve({ stdout, reason: reason?.slice(0, 300) ?? null })
      })
    })
  }

  return {
    async find(name) {
      for (const scope of scopes) {
        const { stdout, reason } = await systemctl(scope, ['show', '-p', 'LoadState,ActiveState', '--', name])
        const found = new Map(stdout.split('\n').map((line) => splitAt(line, '=')))
        if (reason === null && found.get('LoadState') === 'loaded')
          return { name, scope, state: found.get('ActiveState') ?? 'unknown' }
      }
      return null
    },
    async restart({ name, scope }) {
      // A unit that failed too often is not started again before that is forgotten.
      await systemctl(scope, ['reset-failed', '--', name])
      return (await systemctl(scope, ['restart', '--no-block', '--', name])).reason
    },
  }
}

const deafText = 'systemctl does not answer'

interface Answer {
  stdout: string
  /** Null: it went well. */
  reason: string | null
}

function splitAt(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + mark.length)]
}
