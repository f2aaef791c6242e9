import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { jrctlPath } from '../../support/jrctl.ts'

/** One of the product's guards, as its text in the bundle, and what stands there when it is off. */
export interface Guard {
  name: string
  cuts: readonly Cut[]
}

/** A piece of the bundle's text, and what stands there without the guard. */
export interface Cut {
  text: string
  off: string
}

/**
 * A copy of the built product without one of its guards: what production carries no switch for.
 * @returns its jrctl. Rejects when the guard's text is nowhere: then the guard has moved, and this has to follow.
 */
export async function buildMutant(guard: Guard, folder: string): Promise<string> {
  const original = dirname(dirname(jrctlPath))
  const root = join(folder, `without-${guard.name}`)
  await mkdir(join(root, 'bin'), { recursive: true })
  await Promise.all([
    cp(jrctlPath, join(root, 'bin/jrctl')),
    cp(join(original, 'package.json'), join(root, 'package.json')),
    cp(join(original, 'dist'), join(root, 'dist'), { recursive: true }),
    symlink(join(original, 'node_modules'), join(root, 'node_modules')),
  ])
  const chunks = (await readdir(join(root, 'dist/chunks'))).map((name) => join(root, 'dist/chunks', name))
  for (const cut of guard.cuts) {
    const changed = await Promise.all(chunks.map((chunk) => switchOff(chunk, cut)))
    if (!changed.includes(true)) throw new Error(`the guard ${guard.name} is not in the bundle: ${cut.text}`)
  }
  return join(root, 'bin/jrctl')
}

async function switchOff(chunk: string, { text, off }: Cut): Promise<boolean> {
  const code = await readFile(chunk, 'utf8')
  if (!code.includes(text)) return false
  await writeFile(chunk, code.replaceAll(text, off))
  return true
}
