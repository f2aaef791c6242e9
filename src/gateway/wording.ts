import type { CapacityAnswer } from '../ports/capacity.ts'
import type { KeyedAttempt } from '../ports/attempt-keys.ts'
import { sanitize } from '../domain/sanitize.ts'
import type { GatewayRefusal } from './refusals.ts'
import { endpointPaths, methodAt } from './request/endpoint.ts'

/** Of what a client sent, for a message. */
const shownMax = 100

function shown(text: string): string {
  const clean = sanitize(text)
  return clean.length > shownMax ? `${clean.slice(0, shownMax)}…` : clean
}

export function noEndpoint(method: string, path: string): GatewayRefusal {
  const bare = path.split('?', 1)[0] ?? ''
  const allowed = methodAt(path)
  return allowed === null
    ? {
        status: 404,
        code: 'not_found',
        message: `jrctl's gateway has no ${shown(bare)}. It has: ${endpointPaths.join(', ')}.`,
      }
    : {
        status: 405,
        code: 'method_not_allowed',
        message: `${shown(bare)} takes ${allowed}, not ${shown(method)}.`,
      }
}

/** For people who open the address in a browser, and programs that ask whether it is there. */
export const frontPage = {
  gateway: 'jrctl',
  use: 'Set OPENAI_BASE_URL to this address with /v1, or ANTHROPIC_BASE_URL to this address; the API key is that of an attempt.',
  endpoints: endpointPaths,
}

export const badHost: GatewayRefusal = {
  status: 421,
  code: 'bad_host',
  message:
    'This is the gateway of jrctl, which answers to 127.0.0.1 and localhost alone. Use the address in JRCTL_GATEWAY_URL.',
}

export const badOrigin: GatewayRefusal = {
  status: 403,
  code: 'bad_origin',
  message: 'A web page may use the gateway of jrctl only with the key of an attempt.',
}

export const keyMissing: GatewayRefusal = {
  status: 401,
  code: 'key_missing',
  message:
    'This needs the key of an attempt, as an API key. `jrctl work` gives it to its command as OPENAI_API_KEY and ANTHROPIC_API_KEY; [gateway] untracked = "allow" lets requests without one in.',
}

export const keyUnknown: GatewayRefusal = {
  status: 401,
  code: 'key_unknown',
  message:
    'No open attempt has this key: it is not one of jrctl, or its attempt is over. Use the OPENAI_API_KEY or ANTHROPIC_API_KEY that `jrctl work` gives the command of each task.',
}

export const keysUnavailable: GatewayRefusal = {
  status: 503,
  code: 'keys_unavailable',
  message:
    "A key that was never shown here cannot be checked now: the queue's database is away, or more than a thousand new keys wait for that. Try again.",
  retryAfterMs: 1_000,
}

export function attemptEnded({ lease, attempt, outcome }: KeyedAttempt): GatewayRefusal {
  return {
    status: 401,
    code: 'attempt_ended',
    message: `Attempt ${attempt} of task ${lease.taskId} has ended (${outcome}), and its key with it. Stop working on it.`,
  }
}

export function notInProgress({ lease, attempt }: KeyedAttempt): GatewayRefusal {
  return {
    status: 409,
    code: 'not_in_progress',
    message: `Task ${lease.taskId} is not in progress on this machine, so attempt ${attempt} of it has no share of the LLM. \`jrctl why ${lease.taskId}\` says where it stands.`,
  }
}

export function tooLarge(bytesMax: number): GatewayRefusal {
  return {
    status: 413,
    code: 'too_large',
    message: `The body is larger than ${sizeText(bytesMax)}: [gateway] max_body says how large one may be.`,
  }
}

/** As the configuration has it. */
function sizeText(bytes: number): string {
  const [unit, size] = bytes >= 2 ** 20 ? ['MiB', bytes / 2 ** 20] : ['KiB', bytes / 2 ** 10]
  return `${Math.round(size * 10) / 10} ${unit}`
}

export const noRoom: GatewayRefusal = {
  status: 429,
  code: 'too_many',
  message: 'The requests that are waiting or under way hold as much memory as they may. Try again in 1 s.',
  retryAfterMs: 1_000,
}

export const unsupportedEncoding: GatewayRefusal = {
  status: 415,
  code: 'unsupported_encoding',
  message: 'The body is compressed (content-encoding). Send it as it is.',
}

export function modelUnknown(model: string | null, known: readonly string[]): GatewayRefusal {
  const what = model === null ? 'No upstream speaks this API' : `No upstream has the model ${shown(model)}`
  return {
    status: 404,
    code: model === null ? 'no_upstream' : 'model_unknown',
    message: `${what}. ${known.length === 0 ? 'None is configured for it' : `There are: ${known.join(', ')}`}; see [[gateway.upstreams]].`,
  }
}

export const noList: GatewayRefusal = {
  status: 502,
  code: 'upstream_unreachable',
  message: 'No upstream gave a list of its models; `jrctl status` says which cannot be reached.',
}

export const stopping: GatewayRefusal = {
  status: 503,
  code: 'gateway_stopping',
  message: 'The daemon of jrctl is stopping; the next one answers at the same address. Try again.',
  retryAfterMs: 1_000,
}

export const internal: GatewayRefusal = {
  status: 500,
  code: 'internal',
  message: 'The gateway of jrctl made a mistake; the log of the daemon says which. Nothing was charged.',
}

/** As the configuration has it. */
function timeText(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${ms / 1000} s`
}

type Refused = Extract<CapacityAnswer, { granted: false }>

/** @param attempt null: of the untracked */
export function capacityRefused(
  answer: Refused,
  attempt: KeyedAttempt | null,
  limits: { maxWaitMs: number; maxWaiting: number },
): GatewayRefusal {
  const { reason, retryAfterMs, position } = answer
  if (reason === 'not_in_progress') {
    return attempt === null ? { ...keyMissing, position } : { ...notInProgress(attempt), position }
  }
  if (reason === 'stopping') return stopping
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1000))
  const who = attempt === null ? 'Requests without a key' : `Task ${attempt.lease.taskId}`
  const where = position === null ? '' : ` at position ${position}`
  const message =
    reason === 'too_late'
      ? `${who}${where} would wait for the LLM for longer than ${timeText(limits.maxWaitMs)} ([gateway] max_wait). Try again in ${seconds} s.`
      : `As many requests wait for the LLM as may ([gateway] max_waiting = ${limits.maxWaiting}, half of them of one task). Try again in ${seconds} s.`
  return { status: 429, code: reason, message, retryAfterMs, position }
}
