/** What a page says to the tests about the example below, in comments that its readers do not see. */
export interface Marks {
  /** Why it is not run. */
  skip: string | null
  /** Programs that not every machine has; without one of them the example is skipped, and says so. */
  needs: string[]
  /** Its exit code. */
  exits: number
  /** Texts that its output holds. */
  contains: string[]
  /** It goes on until it has said so, and is then stopped as by Ctrl-C. */
  until: string | null
  /** It goes on in the background, from when it has said so to the end of the page. */
  stays: string | null
  /** What one that stays says because of it. */
  heard: string[]
  /** It is a file of this name, in the page's folder. */
  file: string | null
  /** Run in its place. */
  as: string | null
  /** A role of the database that this SQL makes; what follows on the page connects as it. */
  role: string | null
  /** What has to be so before: commands, SQL, SQL that has to become true, the end of all that stays. In this order. */
  before: { kind: 'sh' | 'sql' | 'once' | 'end'; text: string }[]
}

export const noMarks = (): Marks => ({
  skip: null,
  needs: [],
  exits: 0,
  contains: [],
  until: null,
  stays: null,
  heard: [],
  file: null,
  as: null,
  role: null,
  before: [],
})

const readers: Record<string, (marks: Marks, value: string) => void> = {
  skip: (marks, value) => void (marks.skip = value),
  needs: (marks, value) => void marks.needs.push(...value.split(', ')),
  exits: (marks, value) => void (marks.exits = Number(value)),
  'output contains': (marks, value) => void marks.contains.push(value),
  until: (marks, value) => void (marks.until = value),
  stays: (marks, value) => void (marks.stays = value),
  heard: (marks, value) => void marks.heard.push(value),
  file: (marks, value) => void (marks.file = value),
  as: (marks, value) => void (marks.as = value),
  role: (marks, value) => void (marks.role = value),
  sh: (marks, text) => void marks.before.push({ kind: 'sh', text }),
  sql: (marks, text) => void marks.before.push({ kind: 'sql', text }),
  once: (marks, text) => void marks.before.push({ kind: 'once', text }),
  end: (marks, text) => void marks.before.push({ kind: 'end', text }),
}

/** Comments that say something to others: pictures of `jrctl top`, and what a whole page needs. */
const others = /^(\/?top:\w+|page: \w+)$/

/** Takes what a comment says into the marks. @throws when it is not known, so that no misspelt one passes in silence */
export function takeMark(marks: Marks, comment: string): void {
  if (others.test(comment)) return
  const [, key, value] = /^([a-z ]+?): ([\s\S]+)$/.exec(comment) ?? []
  const read = key === undefined ? undefined : readers[key]
  if (read === undefined || value === undefined)
    throw new Error(`unknown mark <!-- ${comment} -->; there are: ${Object.keys(readers).join(', ')}`)
  read(marks, value)
}
