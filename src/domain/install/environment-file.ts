const whitespace = new Set([' ', '\t', '\n', '\r'])
const lineEnds = new Set(['\n', '\r'])
const commentMarks = new Set(['#', ';'])
/** What a backslash between double quotes is taken away from. */
const escapable = new Set(['"', '\\', '`', '$'])
const variableName = /^([A-Za-z_]\w*)[ \t]*$/

type State =
  | 'line'
  | 'comment'
  | 'commentEscape'
  | 'name'
  | 'beforeValue'
  | 'value'
  | 'valueEscape'
  | 'singleQuoted'
  | 'doubleQuoted'
  | 'doubleQuotedEscape'

/** The assignment that is being read. */
interface Draft {
  name: string
  value: string
  /** So much of the value is meant; whitespace after it is that of the line's end. */
  meant: number
}

type Step = (sign: string, draft: Draft) => State

function append(draft: Draft, text: string): void {
  draft.value += text
  draft.meant = draft.value.length
}

function appending(next: State): Step {
  return (sign, draft) => {
    append(draft, sign)
    return next
  }
}

const steps = {
  line: (sign, draft) => {
    if (commentMarks.has(sign)) return 'comment'
    if (whitespace.has(sign)) return 'line'
    Object.assign(draft, { name: sign, value: '', meant: 0 })
    return 'name'
  },
  comment: (sign) => (sign === '\\' ? 'commentEscape' : lineEnds.has(sign) ? 'line' : 'comment'),
  commentEscape: (sign) => (lineEnds.has(sign) ? 'line' : 'comment'),
  name: (sign, draft) => {
    if (lineEnds.has(sign)) return 'line'
    if (sign === '=') return 'beforeValue'
    draft.name += sign
    return 'name'
  },
  // Again after each quoted part, so that one may stand beside the next.
  beforeValue: (sign, draft) => {
    if (sign === "'") return 'singleQuoted'
    if (sign === '"') return 'doubleQuoted'
    if (sign === '\\') return 'valueEscape'
    if (lineEnds.has(sign)) return 'line'
    return whitespace.has(sign) ? 'beforeValue' : appending('value')(sign, draft)
  },
  value: (sign, draft) => {
    if (lineEnds.has(sign)) return 'line'
    if (!whitespace.has(sign)) append(draft, sign === '\\' ? '' : sign)
    else draft.value += sign
    return sign === '\\' ? 'valueEscape' : 'value'
  },
  valueEscape: (sign, draft) => (lineEnds.has(sign) ? 'value' : appending('value')(sign, draft)),
  singleQuoted: (sign, draft) => (sign === "'" ? 'beforeValue' : appending('singleQuoted')(sign, draft)),
  doubleQuoted: (sign, draft) => {
    if (sign === '"') return 'beforeValue'
    return sign === '\\' ? 'doubleQuotedEscape' : appending('doubleQuoted')(sign, draft)
  },
  doubleQuotedEscape: (sign, draft) => {
    if (sign !== '\n') append(draft, escapable.has(sign) ? sign : `\\${sign}`)
    return 'doubleQuoted'
  },
} satisfies Record<State, Step>

const inValue = new Set<State>([
  'beforeValue',
  'value',
  'valueEscape',
  'singleQuoted',
  'doubleQuoted',
  'doubleQuotedEscape',
])

/**
 * The variables of an EnvironmentFile= as systemd.exec(5) reads it, sign by sign as it does, so that no command knows other ones than
 * the units: a line feed and a carriage return both end a line, quotes go over lines, and what is no assignment is passed over.
 */
export function parseEnvironmentFile(text: string): Record<string, string> {
  // No unit starts with such a file.
  if (text.includes('\0')) return {}
  const variables = new Map<string, string>()
  const draft: Draft = { name: '', value: '', meant: 0 }
  let state: State = 'line'
  const take = () => {
    const name = variableName.exec(draft.name)?.[1]
    if (name !== undefined) variables.set(name, draft.value.slice(0, draft.meant))
  }
  for (const sign of text) {
    const next: State = steps[state](sign, draft)
    if (next === 'line' && inValue.has(state)) take()
    state = next
  }
  if (inValue.has(state)) take()
  return Object.fromEntries(variables)
}
