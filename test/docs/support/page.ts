import { readFileSync, readdirSync } from 'node:fs'
import { type Marks, noMarks, takeMark } from './marks.ts'

/** A fenced block of a page. */
export interface Block {
  language: string
  text: string
  /** Where its fence stands, from 1. */
  line: number
  marks: Marks
}

/** What is there when its examples begin: a fleet of its own; one that it shares with other pages; nothing. */
export type Setting = (typeof settings)[number]
const settings = ['fleet', 'shared', 'alone'] as const

export interface Page {
  /** As it is named from the project's folder. */
  name: string
  text: string
  blocks: Block[]
  setting: Setting
}

export const projectDir = new URL('../../../', import.meta.url).pathname

/** The pages for people who use jrctl. */
export function pages(): Page[] {
  const docs = readdirSync(`${projectDir}docs`).filter((name) => name.endsWith('.md'))
  return ['README.md', ...docs.sort().map((name) => `docs/${name}`)].map((name) =>
    parsePage(name, readFileSync(`${projectDir}${name}`, 'utf8')),
  )
}

/** @throws what is wrong with its blocks or marks, by file and line */
export function parsePage(name: string, text: string): Page {
  const setting = settings.find((word) => text.includes(`<!-- page: ${word} -->`)) ?? 'fleet'
  // What is made of the commands' help is tested where that is.
  const blocks = text.includes('<!-- Made by ') ? [] : blocksOf(name, text.split('\n'))
  return { name, text, blocks, setting }
}

function blocksOf(name: string, lines: readonly string[]): Block[] {
  const blocks: Block[] = []
  let marks = noMarks()
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    const fence = /^(```+)(\w*)$/.exec(line)
    if (fence) {
      const end = lines.indexOf(fence[1] ?? '', at + 1)
      if (end < 0) throw new Error(`${name}:${at + 1}: a block that never ends`)
      blocks.push({
        language: fence[2] ?? '',
        text: lines.slice(at + 1, end).join('\n'),
        line: at + 1,
        marks,
      })
      marks = noMarks()
      at = end
    } else if (line.startsWith('<!--')) {
      const end = lines.findIndex((later, index) => index >= at && later.endsWith('-->'))
      if (end < 0) throw new Error(`${name}:${at + 1}: a comment that never ends`)
      const comment = lines
        .slice(at, end + 1)
        .join('\n')
        .slice(4, -3)
        .trim()
      located(`${name}:${at + 1}`, () => takeMark(marks, comment))
      at = end
    }
  }
  return blocks
}

function located(where: string, action: () => void): void {
  try {
    action()
  } catch (error) {
    throw new Error(`${where}: ${(error as Error).message}`, { cause: error })
  }
}
