import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CapacityGrant } from '../ports/capacity.ts'
import type { Forwarding } from './forward/forwarding.ts'
import type { Endpoint } from './request/endpoint.ts'
import type { GatewayRefusal } from './refusals.ts'

/** One request of a client, from its head to its settlement. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Null: not known yet, or none of ours. */
  endpoint: Endpoint | null
  /** While it waits for capacity: ends that. */
  sendAway: (() => void) | null
  /** Of the room for bodies. */
  heldBytes: number
  grant: CapacityGrant | null
  /** While it is with its upstream. */
  forwarding: Forwarding | null
  refused: GatewayRefusal['code'] | null
}

export function newExchange(request: IncomingMessage, response: ServerResponse): Exchange {
  return {
    request,
    response,
    endpoint: null,
    sendAway: null,
    heldBytes: 0,
    grant: null,
    forwarding: null,
    refused: null,
  }
}
