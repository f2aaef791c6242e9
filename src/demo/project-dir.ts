import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The project whose dependencies are reported on: `JRCTL_DEMO_PROJECT`, else upward from this file. */
export function demoProjectDir(
  env: Readonly<Record<string, string | undefined>>,
  from: string = import.meta.dirname,
): string | undefined {
  const named = env['JRCTL_DEMO_PROJECT']
  if (named !== undefined && named !== '') return named
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package-lock.json')) && existsSync(join(folder, 'node_modules')))
      return folder
    if (folder === dirname(folder)) return undefined
  }
}
