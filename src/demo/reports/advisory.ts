import { closeSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { Json } from '../../domain/task.ts'
import { isRecord } from '../manifest.ts'
import type { Manifest } from '../manifest.ts'
import { packageFiles } from '../package-files.ts'
import type { PackageFile } from '../package-files.ts'
import type { ReportSource } from '../report-source.ts'

/** What one wants to know of a package when an advisory names it: how it got here, what it may run. */
export interface AdvisoryReport {
  version: string | null
  /** The installed version is the locked one. */
  asLocked: boolean
  deprecated: string | null
  /** Scripts that npm runs at install, by name; `node-gyp rebuild` is implied by a binding.gyp. */
  installScripts: string[]
  /** The lock file's own flag. */
  lockedInstallScript: boolean
  engines: { [engine: string]: Json } | null
  /** Names of the commands it puts on the path. */
  bin: string[]
  /** The algorithm that guards its download, null when nothing does. */
  integrity: string | null
  repositoryMissing: boolean
  maintainersMissing: boolean
  /** ELF files, by path: at most the first ten, and how many there are. */
  native: { count: number; first: string[] }
}

const installScriptNames = ['preinstall', 'install', 'postinstall']
const nativeShown = 10
const elfMagic = '\x7fELF'

export function reportAdvisory({ manifest, locked, packageDir, request }: ReportSource): AdvisoryReport {
  const files = packageFiles(packageDir)
  const native = files.filter((file) => isElf(packageDir, file)).map(({ path }) => path)
  const version = typeof manifest['version'] === 'string' ? manifest['version'] : null
  return {
    version,
    asLocked: version === locked?.version,
    deprecated: locked?.deprecated ?? null,
    installScripts: installScripts(manifest, files),
    lockedInstallScript: locked?.hasInstallScript ?? false,
    engines: isRecord(manifest['engines']) ? manifest['engines'] : null,
    bin: commandNames(manifest, request.package),
    integrity: locked?.integrity?.split('-', 1)[0] ?? null,
    repositoryMissing: isAbsent(manifest['repository']),
    maintainersMissing: ['author', 'maintainers', 'contributors'].every((field) => isAbsent(manifest[field])),
    native: { count: native.length, first: native.slice(0, nativeShown) },
  }
}

function installScripts(manifest: Manifest, files: readonly PackageFile[]): string[] {
  const scripts = isRecord(manifest['scripts']) ? manifest['scripts'] : {}
  const named = installScriptNames.filter((name) => scripts[name] !== undefined)
  // npm builds what has a binding.gyp, unless an own script does or the manifest says `gypfile: false`.
  const hasGyp = manifest['gypfile'] !== false && files.some(({ path }) => path === 'binding.gyp')
  const built = hasGyp && !named.includes('install') && !named.includes('preinstall')
  return built ? [...named, 'node-gyp rebuild'] : named
}

function commandNames(manifest: Manifest, packageName: string): string[] {
  const { bin } = manifest
  // A single command is named as the package is, without its scope.
  if (typeof bin === 'string') return [packageName.replace(/^@[^/]*\//, '')]
  return isRecord(bin) ? Object.keys(bin).sort() : []
}

function isElf(packageDir: string, file: PackageFile): boolean {
  const candidate = file.executable || /\.(?:node|so(?:\.\d+)*)$/.test(file.path)
  if (!candidate || file.bytes < elfMagic.length) return false
  const descriptor = openSync(join(packageDir, file.path), 'r')
  try {
    const head = Buffer.alloc(elfMagic.length)
    readSync(descriptor, head, 0, head.length, 0)
    return head.toString('latin1') === elfMagic
  } finally {
    closeSync(descriptor)
  }
}

function isAbsent(value: Json | undefined): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
}
