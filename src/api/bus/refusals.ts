import { reservedRoots } from '../../domain/bus/topic.ts'
import type { PublishVerdict, ReplyVerdict, RequestVerdict, SubscribeVerdict } from '../../ports/bus.ts'
import { Refusal } from '../refusal.ts'

type Refused<Verdict> = Exclude<Verdict, { kind: 'published' | 'answered' | 'delivered' | 'subscribed' }>

/** Why a message was not published. */
export function publishRefusal(topic: string, verdict: Refused<PublishVerdict>): Refusal {
  if (verdict.kind === 'too_large') return tooLarge('The message', verdict)
  return verdict.kind === 'reserved' ? reserved(topic) : stopping()
}

/** Why a request has no answer. */
export function requestRefusal(topic: string, verdict: Refused<RequestVerdict>): Refusal {
  switch (verdict.kind) {
    case 'no_responders':
      return new Refusal(
        404,
        'bus.no_responders',
        `Nobody responds to ${topic}`,
        'Start a responder: jrctl bus respond TOPIC -- COMMAND',
      )
    case 'timeout':
      return new Refusal(
        504,
        'bus.timeout',
        `Nobody answered ${topic} within ${verdict.timeoutMs} ms`,
        'Its responder may still be at it, and its answer is dropped. A longer timeout_ms waits longer.',
      )
    case 'responder_gone':
      return new Refusal(
        503,
        'bus.responder_gone',
        `Who was to answer ${topic} left before it did`,
        'It may have done what was asked. Ask again if that does no harm.',
      )
    case 'full':
      return new Refusal(
        503,
        'bus.full',
        `The responders of ${topic} have as many requests as may wait (${verdict.waiting} wait in all)`,
        'Ask again in a moment, or start more responders; [bus] max_requests is the limit.',
      )
    case 'gone':
      return new Refusal(408, 'bus.gone', 'The asker left before there was an answer')
    case 'too_large':
      return tooLarge('The request', verdict)
    case 'reserved':
      return reserved(topic)
    case 'stopping':
      return stopping()
    default:
      return verdict satisfies never
  }
}

/** Why an answer reached nobody. */
export function replyRefusal(id: string, verdict: Refused<ReplyVerdict>): Refusal {
  switch (verdict.kind) {
    case 'repeated':
      return new Refusal(
        409,
        'bus.reply_repeated',
        `Request ${id} was answered before; the first answer stands`,
      )
    case 'late':
      return new Refusal(
        409,
        'bus.reply_late',
        `Nobody waits for the answer to ${id} any more: ${lateWords[verdict.why]}`,
      )
    case 'unknown':
      return new Refusal(
        404,
        'bus.request_unknown',
        `There is no request ${id}: it ended long ago, or a daemon handed it out that has ended since`,
        'Answer with the request_id that came with the request.',
      )
    case 'too_large':
      return tooLarge('The answer', verdict)
    default:
      return verdict satisfies never
  }
}

/** Why nobody may listen or respond so. */
export function subscribeRefusal(verdict: Refused<SubscribeVerdict>): Refusal {
  switch (verdict.kind) {
    case 'full':
      return new Refusal(
        503,
        'bus.subscribers_full',
        `All ${verdict.subscribersMax} places for subscribers ${verdict.door} are taken`,
        'One may have several topics; [bus] max_subscribers is the limit of each way in.',
      )
    case 'reserved':
      return reserved(verdict.topic)
    case 'stopping':
      return stopping()
    default:
      return verdict satisfies never
  }
}

const lateWords = {
  timeout: 'it was too late',
  asker_gone: 'who asked has left',
  responder_gone: 'the connection that it was handed to has ended',
} as const

function reserved(topic: string): Refusal {
  const roots = [...reservedRoots].map((root) => `${root}.`).join(' ')
  return new Refusal(
    403,
    'bus.reserved',
    `${topic}: only the daemon speaks under this name`,
    `Choose a topic that begins otherwise than ${roots}`,
  )
}

function tooLarge(what: string, { bytes, bytesMax }: { bytes: number; bytesMax: number }): Refusal {
  return new Refusal(
    413,
    'bus.too_large',
    `${what} is ${bytes} bytes long; at most ${bytesMax} are allowed`,
    'Write it to a file and send its path; [bus] max_message is the limit.',
  )
}

function stopping(): Refusal {
  return new Refusal(503, 'bus.stopping', 'The daemon is stopping', 'Ask its successor again.')
}
