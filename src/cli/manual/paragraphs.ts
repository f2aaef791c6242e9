/** Words may be wrapped anew; lines are shown as they are. */
export type Paragraph = { kind: 'words'; text: string } | { kind: 'lines'; lines: string[] }

/** Parts a text at its empty lines, and where lines begin with a blank or cease to. */
export function paragraphsOf(text: string): Paragraph[] {
  const paragraphs: Paragraph[] = []
  let last: Paragraph | undefined
  for (const line of text.split('\n')) {
    if (line.trim() === '') {
      last = undefined
      continue
    }
    const kind = line.startsWith(' ') ? 'lines' : 'words'
    if (last?.kind === 'words' && kind === 'words') last.text += ` ${line}`
    else if (last?.kind === 'lines' && kind === 'lines') last.lines.push(line)
    else {
      last = kind === 'words' ? { kind, text: line } : { kind, lines: [line] }
      paragraphs.push(last)
    }
  }
  return paragraphs
}
