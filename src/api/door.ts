import type { IncomingMessage } from 'node:http'
import type { Route } from '../contract/routes.ts'
import { Refusal } from './refusal.ts'

/** A way in: who may come through it, and who may ask for what there. */
export interface Door {
  /** Completes "somebody …", where nobody says who asks. */
  place: string
  /** Looks at a request's head, whatever it asks for. Throws a Refusal; answers headers for the answer. */
  guard(request: IncomingMessage): Readonly<Record<string, string>>
  /**
   * Whether this route may be asked for, before anything of the body is read. Throws a Refusal.
   * @returns the bearer that its handler is to see, for it judges attempt keys itself
   */
  admit(route: Route, shown: Shown): Promise<string | null>
  /** Whether somebody who was admitted is nobody in particular, maybe of elsewhere. */
  isStranger?(shown: Shown): boolean
}

/** What a request shows for itself. */
export interface Shown {
  request: IncomingMessage
  bearer: string | null
  /** What it asks for changes something. */
  changes: boolean
}

/** The socket that its file's mode keeps for the daemon's own account: whoever comes through may do everything. */
export const ownerDoor: Door = {
  place: 'on the socket',
  guard: () => ({}),
  admit: async (_, { bearer }) => bearer,
}

/** @param isKnown whether some attempt, of whatever outcome, has this key */
export function workerDoor(isKnown: (key: string) => Promise<boolean>): Door {
  return {
    place: "on the workers' socket",
    guard: () => ({}),
    admit: (route, { bearer }) => admitByKey(route, bearer, isKnown),
  }
}

/** Lets whoever shows an attempt key ask for what workers may. */
export async function admitByKey(
  { method, path, workers }: Route,
  bearer: string | null,
  isKnown: (key: string) => Promise<boolean>,
): Promise<string> {
  if (workers === undefined)
    throw new Refusal(
      403,
      'door.not_for_workers',
      `${method} ${path} is not for workers' attempt keys`,
      "Workers may report progress and results, share capacity and use the bus. Ask for anything else on the daemon's own socket, or over TCP with the API token.",
    )
  if (bearer === null || (workers === 'known' && !(await isKnown(bearer)))) throw keyNeeded(bearer === null)
  return bearer
}

function keyNeeded(isMissing: boolean): Refusal {
  return new Refusal(
    401,
    'attempt.key_unknown',
    isMissing ? 'This needs an attempt key' : 'No attempt has this key',
    'Send the key of an attempt (JRCTL_ATTEMPT_KEY in its command): Authorization: Bearer KEY',
  )
}
