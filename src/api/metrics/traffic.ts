import type { ApiFigures } from '../../contract/metrics.ts'
import { counter, type Family, gauge, series } from './family.ts'

/** What was asked of the API itself. */
export function trafficFamilies({ requests, inFlight, refused }: ApiFigures): Family[] {
  return [
    counter(
      'jrctl_api_requests',
      'Requests to the API that have ended, by route and what came of them; gone: the client left before.',
      Object.entries(requests).flatMap(([route, counts]) =>
        Object.entries(counts).flatMap(([result, count]) => series(count, { route, result })),
      ),
    ),
    gauge('jrctl_api_in_flight_requests', 'Requests that are being answered; who listens is one.', inFlight),
    counter(
      'jrctl_api_refused_requests',
      'Requests that were refused, by the code of the error.',
      Object.entries(refused).flatMap(([code, count]) => series(count, { code })),
    ),
  ]
}
