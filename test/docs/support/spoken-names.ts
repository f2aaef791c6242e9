/** What the prose of a page speaks of in passing: commands, options and keys that a reader will type. */
export interface SpokenNames {
  calls: SpokenCall[]
  /** Options that stand alone: `--search`. */
  options: string[]
  /** `[section] key`. */
  keys: { section: string; key: string }[]
  /** Names of several words, of keys and columns: `retry_initial`. */
  words: string[]
}

export interface SpokenCall {
  command: string
  /** The alternatives, where several are named. */
  subcommands: string[]
  options: string[]
}

const option = /--[a-z][a-z-]*/g

export function spokenNames(text: string): SpokenNames {
  // A table's `\|` separates alternatives; a pipe begins another program.
  const codes = [...withoutBlocks(text).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)
  const keys = codes.flatMap((code) => {
    const [, section, key] = /^\[([a-z]+)\] ([a-z_]+)(?= |$)/.exec(code) ?? []
    return section === undefined || key === undefined ? [] : [{ section, key }]
  })
  return {
    calls: codes.flatMap((code) => code.split(/ && | \| /)).flatMap(callOf),
    options: codes.flatMap((code) => /^--[a-z][a-z-]*/.exec(code) ?? []),
    keys,
    words: codes.filter((code) => /^[a-z]+(_[a-z]+)+$/.test(code)),
  }
}

function withoutBlocks(text: string): string {
  return text.replaceAll(/^(```+)[\s\S]*?^\1$/gm, '')
}

function callOf(code: string): SpokenCall[] {
  const [, command, rest = ''] = /^jrctl ([a-z-]+)(.*)$/.exec(code.trim()) ?? []
  if (command === undefined) return []
  const [ours = ''] = rest.split(' -- ')
  const subcommands = ours
    .replaceAll(/[[\]]/g, ' ')
    .split('\\|')
    .flatMap((part) => /^ *([a-z][a-z-]*)\b/.exec(part)?.[1] ?? [])
  return [{ command, subcommands, options: ours.match(option) ?? [] }]
}

/** Each command of the reference, by its whole name, with what is said of it. */
export function referenceOf(markdown: string): Map<string, string> {
  const parts = markdown.split(/^##+ /m).slice(1)
  return new Map(parts.map((part) => [part.slice(0, part.indexOf('\n')).replace('jrctl ', ''), part]))
}
