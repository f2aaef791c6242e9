import type { CapacityGrant } from '../ports/capacity.ts'
import type { AnswerLabels } from './forward/forwarding.ts'
import type { Meter } from './metering/meter.ts'
import { type CapacityUnit, usedOf } from './settle.ts'

const charged = 'x-jrctl-charged'

/** Our own headers on an upstream's answer: where its task stands, and what it paid, as soon as that is certain. */
export class GrantLabels implements AnswerLabels {
  readonly endNames: string
  readonly #grant: CapacityGrant
  readonly #meter: Meter
  readonly #unit: CapacityUnit
  readonly #simulated: boolean

  constructor(grant: CapacityGrant, meter: Meter, unit: CapacityUnit, simulated: boolean) {
    this.#grant = grant
    this.#meter = meter
    this.#unit = unit
    this.#simulated = simulated
    this.endNames = unit === 'token' ? charged : ''
  }

  head(status: number): readonly string[] {
    const { position, share, waitedMs } = this.#grant
    const labels = [
      'x-jrctl-share',
      String(Number(share.toPrecision(4))),
      'x-jrctl-waited-ms',
      String(Math.round(waitedMs)),
    ]
    if (position !== null) labels.push('x-jrctl-position', String(position))
    if (this.#simulated) labels.push('x-jrctl-simulated', 'true')
    if (status >= 400) labels.push(charged, '0')
    else if (this.#unit === 'request') labels.push(charged, '1')
    return labels
  }

  end(status: number): readonly string[] {
    if (this.#unit === 'request' || status >= 400) return []
    return [charged, String(Math.min(usedOf(this.#meter, this.#unit), this.#grant.costMax))]
  }
}

/** Of what is not charged. */
export function freeLabels(simulated: boolean): AnswerLabels {
  return simulated ? simulatedLabels : noLabels
}

const noLabels: AnswerLabels = { head: () => [], end: () => [], endNames: '' }
const simulatedLabels: AnswerLabels = { ...noLabels, head: () => ['x-jrctl-simulated', 'true'] }
