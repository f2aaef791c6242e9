import type { LibraryFacts, ParcelFacts, ParcelPlaceFacts } from '../../ports/machine-checkup.ts'
import { bytes, count, duration } from '../../text/format.ts'
import { bad, note, ok, warn, type Check } from './check.ts'
import { isBefore } from './judge-versions.ts'

/** What Node 26 is built for. */
const glibcMin = '2.28'

export function judgeLibraries({ glibc, missing, accountName }: LibraryFacts): Check[] {
  const name = 'package.libraries'
  const checks: Check[] = []
  if (glibc === null)
    checks.push(
      warn(name, 'the C library is not glibc', 'Use a system with glibc, such as Debian or Fedora.'),
    )
  else if (isBefore(glibc, glibcMin))
    checks.push(warn(name, `glibc ${glibc} is older than ${glibcMin}`, 'Use a newer system.'))
  if (missing.length > 0)
    checks.push(
      bad(
        name,
        `this machine lacks ${missing.join(', ')}`,
        'Install what holds them (Debian: libc6 libstdc++6 libatomic1 dash base-passwd).',
      ),
    )
  if (accountName === null)
    checks.push(
      note(
        name,
        'this account has no name in /etc/passwd; an embedded database then needs user namespaces',
        'Give it one, or set [queue] url.',
      ),
    )
  return checks.length > 0 ? checks : [ok(name, `glibc ${glibc}, and all else that jrctl needs of a machine`)]
}

/** What nobody has used for so long goes at the next unpacking. */
const oldMs = 14 * 24 * 60 * 60_000

export function judgeParcels({ places }: ParcelFacts): Check[] {
  const name = 'package.parcels'
  if (places === null) return []
  const folders = places.flatMap(({ path, folders: found }) => found.map((folder) => ({ ...folder, path })))
  const damaged = folders.filter(({ damage }) => damage !== null)
  return [
    ...damaged.map(({ damage }) =>
      warn(
        name,
        `what was unpacked is damaged: ${damage}`,
        'Nothing is to be done: its next use unpacks it anew.',
      ),
    ),
    ...others(folders),
    ...judgeMounts(places),
    // Where nothing can be unpacked, it is no comfort that nothing is.
    ...(damaged.length > 0 || places.every(({ noexec }) => noexec) ? [] : [ok(name, whole(places))]),
  ]
}

/** A place that will not do is passed over for the next. */
function judgeMounts(places: readonly ParcelPlaceFacts[]): Check[] {
  const name = 'package.noexec'
  const [first] = places
  if (first?.noexec !== true) return []
  const next = places.find(({ noexec }) => !noexec)
  const remedy = 'Name a folder from which programs may be run: JRCTL_UNPACK_DIR=FOLDER'
  return next === undefined
    ? [
        bad(
          name,
          `no program may be run from ${places.map(({ path }) => path).join(', ')}: all are mounted noexec`,
          remedy,
        ),
      ]
    : [note(name, `${first.path} is mounted noexec: what travels inside is unpacked to ${next.path}`, remedy)]
}

function whole(places: readonly ParcelPlaceFacts[]): string {
  const words = places.map(({ path, folders }) => {
    const ours = folders.filter(({ isOurs }) => isOurs)
    const names = ours.map(({ name }) => name.replace(/-[0-9a-f]+$/, '')).join(', ')
    return ours.length === 0 ? null : `${names} (${bytes(sum(ours))}) in ${path}`
  })
  const found = words.filter((word) => word !== null)
  return found.length === 0 ? 'nothing is unpacked yet' : `unpacked and whole: ${found.join('; ')}`
}

function others(folders: readonly (ParcelPlaceFacts['folders'][number] & { path: string })[]): Check[] {
  const left = folders.filter(({ isOurs }) => !isOurs)
  if (left.length === 0) return []
  const youngest = Math.min(...left.map(({ unusedMs }) => unusedMs))
  const places = [...new Set(left.map(({ path }) => path))].join(', ')
  const text = `${count(left.length, 'parcel')} of other versions (${bytes(sum(left))}) in ${places}, last used ${duration(youngest)} ago`
  return [
    note('package.others', text, `They go by themselves when nobody has used them for ${duration(oldMs)}.`),
  ]
}

function sum(folders: readonly { bytes: number }[]): number {
  return folders.reduce((total, { bytes: size }) => total + size, 0)
}
