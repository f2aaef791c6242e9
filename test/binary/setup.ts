import type { TestProject } from 'vitest/node'
import { executable } from './executable.ts'
import { makeBareRoot } from './bare-root.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** What the tests start as jrctl. */
    jrctlBinary: string
    /** The root it runs in; empty: it is this machine's. */
    bareRoot: string
  }
}

/** The packaged executable, in a root that holds nothing else where we may make one. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (process.geteuid?.() !== 0) {
    process.stderr.write(
      'binary: not root, so the executable runs on this machine as it is, not in a bare root\n',
    )
    project.provide('jrctlBinary', executable)
    project.provide('bareRoot', '')
    return undefined
  }
  const root = await makeBareRoot(executable)
  project.provide('jrctlBinary', root.wrapper)
  project.provide('bareRoot', root.folder)
  return () => root.remove()
}
