import { copyFileSync, existsSync, renameSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { openParcels } from '../adapters/parcels/parcels.ts'
import { demoProjectDir } from '../demo/project-dir.ts'
import { UserError } from '../errors.ts'
import type { Origin } from './origin.ts'
import { selfPaths } from './self.ts'

export interface DemoFiles {
  configPath: string
  /** On whose dependencies the samples report. */
  projectDir: string
}

/** What the demo runs on: what the caller names, else what comes with us, in files or inside this executable. */
export async function demoFiles(
  { configPath, process, clock }: Origin,
  stateDir: string,
): Promise<DemoFiles> {
  // An empty variable counts as unset, as everywhere.
  const named = configPath ?? (process.env['JRCTL_CONFIG'] || undefined)
  const project = process.env['JRCTL_DEMO_PROJECT'] || undefined
  const own = { configPath: named === undefined ? undefined : resolve(named), projectDir: project }
  const parcels = openParcels(process.env, clock)
  if (parcels === null) return filesBesideUs(own, process.env)
  const samples = named !== undefined && project !== undefined ? '' : await parcels.folder('samples')
  return {
    configPath: own.configPath ?? keptConfig(join(samples, 'config.example.toml'), stateDir),
    projectDir: project ?? samples,
  }
}

function filesBesideUs(own: Partial<DemoFiles>, env: NodeJS.ProcessEnv): DemoFiles {
  return { configPath: own.configPath ?? shippedConfig(), projectDir: own.projectDir ?? ourProject(env) }
}

function shippedConfig(): string {
  const shipped = join(dirname(selfPaths().binDir), 'config.example.toml')
  if (existsSync(shipped)) return shipped
  throw new UserError(`${shipped} is missing`, { hint: 'Name a configuration: jrctl demo --config PATH' })
}

/** @param stateDir is there. The fleet's other commands read it for as long as its state is there, and what we unpacked goes when it is long unused. */
function keptConfig(unpacked: string, stateDir: string): string {
  const kept = join(stateDir, 'config.toml')
  copyFileSync(unpacked, `${kept}.new`)
  renameSync(`${kept}.new`, kept)
  return kept
}

function ourProject(env: NodeJS.ProcessEnv): string {
  const projectDir = demoProjectDir(env)
  if (projectDir !== undefined) return projectDir
  throw new UserError('the sample tasks need a project with a package-lock.json and node_modules', {
    hint: 'Set JRCTL_DEMO_PROJECT to the folder of one.',
  })
}
