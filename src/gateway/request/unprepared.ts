import { sanitize } from '../../domain/sanitize.ts'
import { nestingMax } from './json-members.ts'
import type { MembersProblem, ScannedMembers } from './json-members.ts'

/** Its message is for the client, in plain words; nothing of the body is in it but a key's name. */
export interface Unprepared {
  ok: false
  status: 400
  message: string
  code: UnpreparedCode
}

export type UnpreparedCode = 'invalid_json' | 'invalid_model' | 'duplicate_key' | 'background_not_supported'

/** Longer than any model's name. */
export const modelLengthMax = 256

export const unnamedModel = refused(
  'invalid_model',
  `The request names no model: give "model", a text of 1 to ${modelLengthMax} characters.`,
)

export const inBackground = refused(
  'background_not_supported',
  'Responses in the background cannot be metered, and the gateway fetches none later: leave out "background", or set it to false.',
)

export function givenTwice(key: string): Unprepared {
  return refused(
    'duplicate_key',
    `The request gives "${sanitize(key, { lengthMax: 64 })}" more than once, so that two readers may take it for two things: give it once.`,
  )
}

type Unread = Extract<ScannedMembers, { ok: false }>

const refusals = {
  syntax: ({ at }) =>
    refused('invalid_json', `The body is not valid JSON: it goes wrong at byte ${at}, counted from 0.`),
  unfinished: ({ at }) =>
    refused(
      'invalid_json',
      `The body is not valid JSON: it ends in the middle, at byte ${at}. Send it whole.`,
    ),
  no_object: () => refused('invalid_json', 'The body is not a JSON object: it must begin with "{".'),
  too_deep: ({ at }) =>
    refused(
      'invalid_json',
      `The body is nested more than ${nestingMax} levels deep, at byte ${at}: flatten it.`,
    ),
  twice: ({ key }) => givenTwice(key ?? ''),
} satisfies Record<MembersProblem, (unread: Unread) => Unprepared>

export function unreadable(unread: Unread): Unprepared {
  return refusals[unread.problem](unread)
}

function refused(code: UnpreparedCode, message: string): Unprepared {
  return { ok: false, status: 400, message, code }
}
