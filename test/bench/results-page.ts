import { readFile, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import type { Measured } from './figure.ts'
import { markdownTable } from './queue/tables.ts'

const page = new URL('RESULTS.md', import.meta.url)

/** What was measured, for people. */
export function showMeasured({ figures, details }: Measured): string {
  const table = markdownTable(
    ['what', 'measured', 'target', 'met'],
    figures.map(({ what, measured, target, met }) => [what, measured, target, met ? 'yes' : '**no**']),
  )
  return details === undefined ? table : `${table}\n\n${details}`
}

/**
 * Replaces one section of RESULTS.md, between the comments that carry its name, or adds it at the end: the page can be made
 * anew in parts, and each part says when and how it was measured.
 */
export async function writeSection(name: string, title: string, measured: Measured): Promise<void> {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`]
  const before = await readFile(page, 'utf8')
  const section = `${begin}\n\n## ${title}\n\n${circumstances(name)}\n\n${showMeasured(measured)}\n\n${end}`
  const [from, to] = [before.indexOf(begin), before.indexOf(end)]
  const after =
    from < 0
      ? `${before.trimEnd()}\n\n${section}\n`
      : before.slice(0, from) + section + before.slice(to + end.length)
  await writeFile(page, after)
}

function circumstances(name: string): string {
  const date = new Date().toISOString().slice(0, 10)
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}`
  return `${date}, Node ${process.version}, ${machine}, \`npm run bench -- ${name}\`.`
}
