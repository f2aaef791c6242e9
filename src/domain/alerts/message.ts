import type { Alert, AlertChange, AlertSeverity, AlertTopic } from './alert.ts'

/** Grows when the shape of what receivers get changes incompatibly. */
export const alertVersion = 1

/** What a receiver gets, as JSON: fields for programs, and `text`, which chat programs show. */
export interface AlertMessage {
  apiVersion: typeof alertVersion
  /** Equal when one and the same is sent again. */
  id: string
  text: string
  severity: AlertSeverity
  change: AlertChange
  topics: AlertTopic[]
  /** By it a `cleared` finds its `raised`. */
  key: string
  summary: string
  /** ISO 8601, UTC. */
  at: string
  /** Of the machine that tells it. */
  node: string
  /** How many it stands for. */
  count: number
  /** Alerts before it that could not be delivered and are lost. */
  lost: number
  /** True: somebody tries whether alerts arrive. */
  test: boolean
}

export function messageOfAlert(
  alert: Alert,
  from: { node: string; lost: number; test: boolean },
): AlertMessage {
  const { id, severity, change, topics, key, summary, count } = alert
  const { node, lost, test } = from
  return {
    apiVersion: alertVersion,
    id,
    text: textOf(alert, from),
    severity,
    change,
    topics,
    key,
    summary,
    at: new Date(alert.at).toISOString(),
    node,
    count,
    lost,
    test,
  }
}

const words = { info: 'INFO', warning: 'WARNING', critical: 'CRITICAL' } as const satisfies Record<
  AlertSeverity,
  string
>

function textOf(
  { change, severity, summary }: Alert,
  { node, lost, test }: { node: string; lost: number; test: boolean },
): string {
  const word = change === 'cleared' ? 'OK' : words[severity]
  const before = lost === 0 ? '' : ` (${lost} before it could not be delivered)`
  return harmless(`[${test ? 'TEST' : word}] ${node}: ${summary}${before}`)
}

/** Chat programs read commands in what they show: `<!channel>`, `@everyone`. A title must not ring everybody's phone. */
function harmless(text: string): string {
  return text.replaceAll('<', '‹').replaceAll('>', '›').replaceAll('@', '＠')
}
