import { askForUsage } from './ask-for-usage.ts'
import { readBody, scanBody } from './body-fields.ts'
import type { BodyFields } from './body-fields.ts'
import { modelInPath } from './endpoint.ts'
import type { Endpoint } from './endpoint.ts'
import { estimate, noEstimate } from './estimate.ts'
import type { Estimate } from './estimate.ts'
import type { ScannedMembers } from './json-members.ts'
import type { LearnedUse } from './learned-use.ts'
import { givenTwice, inBackground, modelLengthMax, unnamedModel, unreadable } from './unprepared.ts'
import type { Unprepared } from './unprepared.ts'

export type { Unprepared } from './unprepared.ts'

/** What the gateway knows of a request before it is sent. */
export interface Prepared extends Estimate {
  ok: true
  endpoint: Endpoint
  /** As the client named it; null: the request names none (a list of models). */
  model: string | null
  /** The client wants its answer as it is made. */
  stream: boolean
  /** As the client sent it, byte for byte, but for usage that was asked for; null: none. */
  body: Buffer | null
  /** Usage was asked for that the client did not ask for: the event that carries it is taken out. */
  stripUsage: boolean
}

/**
 * Reads a request as far as the gateway must: whom it is for, whether it streams, what it may cost; and asks for usage where the
 * API reports it only on request.
 * @param path as it came, with its query
 * @param body whole, bounded by the intake; null: none
 * @param scan of the body, where it was scanned already (`scanLargeBody`)
 */
export type Prepare = (
  endpoint: Endpoint,
  path: string,
  body: Buffer | null,
  scan?: ScannedMembers | null,
) => Prepared | Unprepared

export interface PrepareDeps {
  learned: LearnedUse
  /** False: the upstream of this model would refuse to be asked. */
  mayAskForUsage: (endpoint: Endpoint, model: string) => boolean
}

export function createPrepare(deps: PrepareDeps): Prepare {
  return (endpoint, path, body, scan) => {
    if (endpoint.method === 'GET') return withoutBody(endpoint, modelInPath(path))
    const bytes = body ?? empty
    return withBody(endpoint, bytes, scan ?? scanBody(bytes), deps)
  }
}

const empty = Buffer.alloc(0)

function withoutBody(endpoint: Endpoint, model: string | null): Prepared {
  return { ...noEstimate, ok: true, endpoint, model, stream: false, body: null, stripUsage: false }
}

function withBody(
  endpoint: Endpoint,
  body: Buffer,
  scan: ScannedMembers,
  { learned, mayAskForUsage }: PrepareDeps,
): Prepared | Unprepared {
  const fields = readBody(endpoint.id, body, scan)
  if ('ok' in fields) return unreadable(fields)
  const { model, stream } = fields
  if (model === null || model === '' || model.length > modelLengthMax) return unnamedModel
  if (fields.background && endpoint.id === 'responses') return inBackground
  const asked =
    tellsOnRequest(endpoint, fields) && mayAskForUsage(endpoint, model)
      ? askForUsage(body, fields)
      : { ok: true as const, body, added: false }
  if (!asked.ok) return givenTwice(asked.key)
  const guess = endpoint.charged
    ? estimate(endpoint.id, body.length, fields, learned.expected(model))
    : noEstimate
  return { ...guess, ok: true, endpoint, model, stream, body: asked.body, stripUsage: asked.added }
}

/** The other endpoints tell their usage unasked. */
function tellsOnRequest({ id }: Endpoint, { stream }: BodyFields): boolean {
  return stream && (id === 'chat' || id === 'completions')
}
