import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { type Page, projectDir } from './page.ts'

/** The links of a page that lead to no file, or to no heading of it. */
export function brokenLinks({ name, text }: Pick<Page, 'name' | 'text'>): string[] {
  const targets = [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return targets.filter((target) => !/^https?:/.test(target) && !leads(name, text, target))
}

function leads(from: string, text: string, target: string): boolean {
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? from : relative(projectDir, join(projectDir, dirname(from), path))
  const absolute = join(projectDir, file)
  if (!existsSync(absolute)) return false
  if (anchor === undefined) return true
  if (statSync(absolute).isDirectory()) return false
  return anchorsOf(file === from ? text : readFileSync(absolute, 'utf8')).includes(anchor)
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(text: string): string[] {
  return [...prose(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-'),
  )
}

/** Without the fenced blocks. */
function prose(text: string): string {
  return text.replaceAll(/^(```+)\w*\n[\s\S]*?^\1$/gm, '')
}
