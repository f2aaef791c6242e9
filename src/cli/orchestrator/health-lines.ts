import type { Health, HealthStatus } from '../../domain/cycle/health.ts'
import { safe } from '../../text/fit.ts'
import type { Output, Style } from '../output.ts'

export const headingWidth = 12

export function heading(output: Output, text: string): string {
  return output.style('bold', text.padEnd(headingWidth))
}

const styles: Record<HealthStatus, Style> = { healthy: 'green', degraded: 'yellow', critical: 'red' }

/** `healthy, 100 of 100`. */
export function healthText({ status, score }: Pick<Health, 'status' | 'score'>, output: Output): string {
  return `${output.style(styles[status], status)}, ${score} of 100`
}

/** The score, and what each missing point is for. */
export function healthLines(health: Health, output: Output): string[] {
  return [
    heading(output, 'Health') + healthText(health, output),
    ...health.deductions.map(
      ({ points, reason }) =>
        `${heading(output, '')}${output.style('yellow', `−${points}`)}  ${safe(reason)}`,
    ),
  ]
}
