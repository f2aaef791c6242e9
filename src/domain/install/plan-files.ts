import type { Found, WantedFile } from './found.ts'
import { type Digest, sealOf, unsealed } from './seal.ts'
import type { Refusal, WriteStep } from './step.ts'
import { diffLines } from './text-diff.ts'

export interface FileQuestion {
  wanted: readonly WantedFile[]
  /** What stands before the paths; '' for this machine. */
  root: string
  /** By path; what is missing here is absent. */
  found: ReadonlyMap<string, Found>
  /** Somebody's file is set aside instead of refused. */
  force: boolean
  digest: Digest
}

/**
 * What has to be written. A file that somebody has changed, or made, is never overwritten unasked: an administrator's change belongs in
 * a drop-in, which lasts through every upgrade, and to lose it in silence would be found out at the worst time.
 */
export function planFiles(question: FileQuestion): { steps: WriteStep[]; refusals: Refusal[] } {
  const steps: WriteStep[] = []
  const refusals: Refusal[] = []
  for (const wanted of question.wanted) {
    const found = question.found.get(wanted.path) ?? { kind: 'absent' as const }
    if (isAsWanted(found, wanted)) continue
    const step = stepFor(wanted, found, question)
    steps.push(step)
    const refusal = found.kind === 'other' ? inTheWay(question.root + wanted.path, found.what) : null
    if (refusal !== null) refusals.push(refusal)
    else if (step.keepOld && !question.force) refusals.push(somebodys(wanted.path, found, question))
  }
  return { steps, refusals }
}

function isAsWanted(found: Found, { text, mode }: WantedFile): boolean {
  return found.kind === 'file' && found.text === text && (found.mode & 0o7777) === mode
}

function stepFor({ path, text, mode }: WantedFile, found: Found, { digest }: FileQuestion): WriteStep {
  const before = found.kind === 'file' ? found.text : ''
  const isOurs = found.kind === 'file' && (found.text === text || sealOf(found.text, digest) === 'ours')
  return {
    kind: 'write_file',
    path,
    text,
    mode,
    isNew: found.kind === 'absent',
    keepOld: found.kind !== 'absent' && !isOurs,
    diff: diffLines(unsealed(before), unsealed(text)),
  }
}

function somebodys(wanted: string, found: Found, { root, digest }: FileQuestion): Refusal {
  const path = root + wanted
  const what =
    found.kind === 'link'
      ? `is a link to ${found.target}`
      : found.kind === 'file' && sealOf(found.text, digest) === 'edited'
        ? 'was changed since jrctl wrote it'
        : 'was not written by jrctl'
  return {
    message: `${path} ${what}`,
    hint: `--force sets it aside as ${path}.bak and writes ours. ${ownPlace(wanted, root)}`,
  }
}

function inTheWay(path: string, what: string): Refusal {
  return { message: `${path} is ${what}, where a file has to be`, hint: 'Move it away, then run this again.' }
}

/** Where a change lasts. */
function ownPlace(path: string, root: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (path.includes('.d/')) return 'A change of your own lasts in a file beside it, such as local.conf.'
  if (root !== '') return `A change of your own lasts in a drop-in: ${root}${path}.d/local.conf`
  const user = path.includes('/systemd/user/') ? '--user ' : ''
  return `A change of your own lasts in a drop-in: systemctl ${user}edit ${name}`
}
