import type { ServerResponse } from 'node:http'
import type { ApiFigures } from '../contract/metrics.ts'

/** What was asked of the API, by all its ways in, since this daemon started. */
export interface Traffic {
  /** A request has come; it counts when it has ended. */
  began(outgoing: ServerResponse): void
  /** It is for this route, as the contract writes it. */
  isFor(outgoing: ServerResponse, route: string): void
  /** It was refused, with this code of ours. */
  refused(code: string): void
  view(): ApiFigures
}

/** Of requests for no route: paths come from outside, and must not become labels. */
const elsewhere = 'other'
/** Of what ended before it was answered whole. */
const gone = 'gone'
/** Codes of refusals that are told apart; they are ours, and fewer. */
const codesMax = 200

export function createTraffic(): Traffic {
  const requests: ApiFigures['requests'] = {}
  const refusals: ApiFigures['refused'] = {}
  const routes = new WeakMap<ServerResponse, string>()
  let inFlight = 0

  function ended(outgoing: ServerResponse): void {
    inFlight -= 1
    const counts = (requests[routes.get(outgoing) ?? elsewhere] ??= {})
    const result = outgoing.writableFinished ? `${Math.floor(outgoing.statusCode / 100)}xx` : gone
    counts[result] = (counts[result] ?? 0) + 1
  }

  return {
    began(outgoing) {
      inFlight += 1
      outgoing.once('close', () => ended(outgoing))
    },
    isFor: (outgoing, route) => void routes.set(outgoing, route),
    refused(code) {
      const name = code in refusals || Object.keys(refusals).length < codesMax ? code : elsewhere
      refusals[name] = (refusals[name] ?? 0) + 1
    },
    view: () => ({
      requests: Object.fromEntries(Object.entries(requests).map(([route, counts]) => [route, { ...counts }])),
      inFlight,
      refused: { ...refusals },
    }),
  }
}
