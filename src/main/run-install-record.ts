import { lookAt } from '../adapters/install/files.ts'
import { type InstalledAs, installedAs } from '../domain/install/from-units.ts'
import type { Layout } from '../domain/install/layout.ts'
import { type InstallRecord, readRecord } from '../domain/install/record.ts'
import { sealOf, unsealed } from '../domain/install/seal.ts'
import { shellWord } from '../domain/install/shell-word.ts'
import { daemonUnit } from '../domain/units/unit-name.ts'
import { UserError } from '../errors.ts'
import { digest } from './run-install-see.ts'

/** What is known of an installation. */
export interface Noted {
  /** Null: nothing is installed, or what was noted cannot be read. */
  record: InstallRecord | null
  /** How it is installed: as was noted, else as the daemon's unit says. */
  before: InstalledAs | null
  /** What was noted is there and cannot be read. */
  isDamaged: boolean
  /** What is to be said of that. */
  doubts: string[]
}

export const nothingNoted: Noted = { record: null, before: null, isDamaged: false, doubts: [] }

/** @throws UserError for what a later version has noted: it may say what this one would undo unknowingly */
export async function notedIn(layout: Layout, text: string): Promise<Noted> {
  const read = readRecord(text)
  const path = layout.root + layout.record
  if (read.kind === 'read') return { record: read.record, before: read.record, isDamaged: false, doubts: [] }
  if (read.kind === 'later')
    throw new UserError(
      `${path} was written by a later jrctl than this one, which does not know what it says`,
      {
        hint: `Nothing was done. Use the later one; or go on without what it noted: mv ${shellWord(path)} ${shellWord(`${path}.later`)}`,
      },
    )
  const unit = await lookAt(`${layout.root}${layout.unitFolder}/${daemonUnit}`)
  const isOurs = unit.kind === 'file' && sealOf(unit.text, digest) !== 'foreign'
  const before = isOurs ? installedAs(unsealed(unit.text)) : null
  return { record: null, before, isDamaged: true, doubts: [doubtOf(path, before)] }
}

function doubtOf(path: string, before: InstalledAs | null): string {
  const told = before === null ? '' : ` Profile, account, configuration and needs are those of ${daemonUnit}.`
  return `${path} is damaged.${told} What it said of replaced units, a copied program, lingering and lines in a crontab is lost`
}

/**
 * Whoever cannot be told how was installed is to say so: else a hardened fleet became a standard one of another account, unasked.
 * @throws UserError
 */
export function requireKnown(
  {
    before,
    isDamaged,
    layout: { root, record, scope },
  }: Pick<Noted, 'before' | 'isDamaged'> & { layout: Layout },
  named: { profile: unknown; account: unknown },
): void {
  const isNamed = named.profile !== undefined && (scope === 'user' || named.account !== undefined)
  if (!isDamaged || before !== null || isNamed) return
  throw new UserError(`${root}${record} is damaged, and no unit tells how was installed`, {
    hint: `Say it: jrctl install --profile standard|hardened${scope === 'user' ? '' : ' --account NAME'}, and --after, --cron and --config where they were used.`,
  })
}
