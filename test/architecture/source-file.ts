import { transform } from 'esbuild'
import { readFileSync, readdirSync } from 'node:fs'
import { join, normalize } from 'node:path'

/** A source file as the rules see it; fixtures are made of strings, the rest is read from disk. */
export interface SourceFile {
  /** From the project's root: `src/domain/task.ts`. */
  path: string
  text: string
}

export interface Import {
  /** The file imported, from the project's root, or the package's name. */
  target: string
  kind: 'type' | 'value' | 'dynamic'
}

export const root = new URL('../..', import.meta.url).pathname

/** Every TypeScript file under `folder`. */
export function sourcesUnder(folder: string): SourceFile[] {
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: file.slice(root.length), text: readFileSync(file, 'utf8') }))
}

/** What a file imports and re-exports, type imports included; they are dependencies of thought all the same. */
export function importsOf(file: SourceFile): Import[] {
  const statements = [...file.text.matchAll(/^(?:import|export)\b([^'"]*?\bfrom)?\s*['"]([^'"]+)['"]/gm)]
  const dynamic = [...file.text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g)]
  return [
    ...statements.map(([, clause, specifier]): Import => {
      return {
        target: resolve(file, specifier),
        kind: clause?.trimStart().startsWith('type ') ? 'type' : 'value',
      }
    }),
    ...dynamic.map(([, specifier]): Import => ({ target: resolve(file, specifier), kind: 'dynamic' })),
  ]
}

function resolve(file: SourceFile, specifier = ''): string {
  return specifier.startsWith('.') ? normalize(join(file.path, '..', specifier)) : specifier
}

/** The code alone, in one line, without comments and types: what a search for names may look at. */
export async function codeOf(file: SourceFile): Promise<string> {
  const { code } = await transform(file.text, {
    loader: file.path.endsWith('x') ? 'tsx' : 'ts',
    minifyWhitespace: true,
    legalComments: 'none',
    jsx: 'automatic',
    target: 'es2024',
  })
  return code
}

/**
 * The part of the house that a path belongs to: a folder of src, `tui`, each adapter on its own, or a file that lies
 * directly in src. Null for what is not ours, such as a package.
 */
export function partOf(path: string): string | null {
  const [top, folder, inner] = path.split('/')
  if (top === 'tui') return 'tui'
  if (top !== 'src' || folder === undefined) return null
  return folder === 'adapters' && inner !== undefined ? `adapters/${inner}` : folder
}
