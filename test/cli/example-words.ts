/** The words of a shell's command line, without their quotes; a `|`, `<`, `>`, `&&` or `#` ends the command that it follows. */
export function wordsOf(line: string): string[] {
  const words: string[] = []
  for (const [, single, double, plain, end] of line.matchAll(
    /'([^']*)'|"((?:[^"\\]|\\.)*)"|((?:[^\s'"|<>&;()]|(?<=\S)&)+)|(&&|[|<>;&()])/g,
  )) {
    if (end !== undefined) {
      if (words.includes('jrctl')) return words
      continue
    }
    words.push(single ?? double?.replaceAll(/\\(.)/g, '$1') ?? plain ?? '')
  }
  return words
}
