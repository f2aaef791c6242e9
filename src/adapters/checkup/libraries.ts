import { constants } from 'node:fs'
import { access, readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { LibraryFacts } from '../../ports/machine-checkup.ts'

/**
 * What a packaged jrctl needs of a machine beside its kernel: Node's C++ libraries (without which it would not have come here, but its
 * workers' Node may be another), those of glibc that PostgreSQL loads, a shell for the workers' shims, and the list of accounts.
 */
const libraries = [
  'libstdc++.so.6',
  'libatomic.so.1',
  'libgcc_s.so.1',
  'libm.so.6',
  'librt.so.1',
  'libdl.so.2',
  'libpthread.so.0',
]
const files = ['/bin/sh', '/etc/passwd']

const triples: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
}

export async function examineLibraries(arch: NodeJS.Architecture = process.arch): Promise<LibraryFacts> {
  const cache = await readFile('/etc/ld.so.cache', 'latin1').catch(() => '')
  const isThere = async (name: string): Promise<boolean> =>
    // Names stand in the cache ended by a zero (ldconfig(8)); a root without a cache is searched as the loader would.
    cache.includes(`\0${name}\0`) || (await anyOf(foldersOf(arch).map((folder) => join(folder, name))))
  const lacking = await Promise.all([
    ...libraries.map(async (name) => ((await isThere(name)) ? [] : [name])),
    ...files.map(async (path) => ((await anyOf([path])) ? [] : [path])),
  ])
  return { glibc: glibcVersion(), missing: lacking.flat(), accountName: accountName() }
}

function foldersOf(arch: NodeJS.Architecture): string[] {
  const triple = triples[arch]
  const plain = ['/lib64', '/usr/lib64', '/lib', '/usr/lib']
  return triple === undefined ? plain : [`/lib/${triple}`, `/usr/lib/${triple}`, ...plain]
}

async function anyOf(paths: readonly string[]): Promise<boolean> {
  const found = await Promise.all(
    paths.map((path) =>
      access(path, constants.R_OK).then(
        () => true,
        () => false,
      ),
    ),
  )
  return found.includes(true)
}

/** The account we are; null: an id without a name, as in containers. */
export function accountName(): string | null {
  try {
    return userInfo().username
  } catch {
    return null
  }
}

interface ReportHeader {
  header?: { glibcVersionRuntime?: string }
}

function glibcVersion(): string | null {
  // Which the types leave out.
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork: boolean }
  const wasExcluded = report.excludeNetwork
  // Else it looks up the names of all connections, and waits for them.
  report.excludeNetwork = true
  try {
    return (report.getReport() as ReportHeader).header?.glibcVersionRuntime ?? null
  } finally {
    report.excludeNetwork = wasExcluded
  }
}
