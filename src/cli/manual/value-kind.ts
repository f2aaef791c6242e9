/** What a value is, so that a shell can offer some: its own files, words that are known, or what only the fleet knows. */
export type ValueKind =
  | { kind: 'text' | 'file' | 'folder' }
  | { kind: 'choice'; allowed: readonly string[]; isList: boolean }
  | { kind: 'asked'; of: AskedKind }

/** Values that are asked for when they are wanted (`jrctl completion values`). */
export const askedKinds = ['jr', 'task', 'letter', 'rule', 'topic', 'event', 'campaign'] as const
export type AskedKind = (typeof askedKinds)[number]

const asked = (of: AskedKind): ValueKind => ({ kind: 'asked', of })
const text: ValueKind = { kind: 'text' }
/** Of `jrctl top`, which is not loaded to say it; a test compares. */
export const screens = ['positions', 'workers', 'tasks', 'decisions', 'ledger', 'dlq', 'logs'] as const

/**
 * What each word between the brackets of an option or argument stands for (`--assign <jr>`): the word names the kind, so that
 * nothing is declared twice. A test holds that every word in use is here.
 */
const kindOfWord: Readonly<Record<string, ValueKind>> = {
  file: { kind: 'file' },
  folder: { kind: 'folder' },
  path: { kind: 'file' },
  target: { kind: 'file' },
  jr: asked('jr'),
  id: asked('task'),
  letter: asked('letter'),
  rule: asked('rule'),
  topic: asked('topic'),
  event: asked('event'),
  campaign: asked('campaign'),
  amount: text,
  channel: text,
  count: text,
  data: text,
  duration: text,
  entry: text,
  instances: text,
  list: text,
  MiB: text,
  name: text,
  note: text,
  number: text,
  percent: text,
  points: text,
  prefix: text,
  screen: { kind: 'choice', allowed: screens, isList: false },
  seconds: text,
  tasks: text,
  text,
  time: text,
  title: text,
  url: text,
}

/** Undefined: nobody has said what this word stands for. */
export function kindOf(word: string): ValueKind | undefined {
  return kindOfWord[word]
}

/** What parses one of some known words says so, and which (`oneOf`, `listOf`). */
export interface Choosing {
  allowed: readonly string[]
  isList: boolean
}

export function choiceOf(parse: unknown): ValueKind | undefined {
  if (typeof parse !== 'function' || !('allowed' in parse)) return undefined
  const { allowed, isList } = parse as Partial<Choosing>
  return allowed === undefined ? undefined : { kind: 'choice', allowed, isList: isList === true }
}
