import type { BusFigures } from '../../domain/bus/figures.ts'
import { count, number } from '../../text/format.ts'
import type { Output } from '../output.ts'

/** The bus on a line; nothing while nobody uses it: the daemon alone speaks there all the time. */
export function busFigureLines(bus: BusFigures | undefined, output: Output): string[] {
  if (bus === undefined || bus.delivered + bus.requests + bus.subscribers + bus.responders === 0) return []
  const { subscribers, responders, delivered, missed, requests, cached, timeouts, waiting } = bus
  const parts = [
    count(subscribers, 'listener'),
    count(responders, 'responder'),
    `${number(delivered)} delivered`,
    ...(missed === 0 ? [] : [output.style('yellow', `${number(missed)} missed`)]),
    count(requests, 'request'),
    ...(cached === 0 ? [] : [`${number(cached)} shared`]),
    ...(timeouts === 0 ? [] : [output.style('yellow', `${number(timeouts)} out of time`)]),
    ...(waiting === 0 ? [] : [`${waiting} waiting`]),
  ]
  return ['', `${output.style('bold', 'Bus')}  ${parts.join(' · ')}`]
}
