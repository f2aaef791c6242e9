/** A comment, or a setting; several of one name are allowed (systemd.syntax(7)). */
export type UnitLine = string | readonly [name: string, value: string | number]

export interface UnitSection {
  name: 'Unit' | 'Service' | 'Timer' | 'Install'
  lines: readonly UnitLine[]
}

/** In all of them, so that who opens one knows where to change it, and who removes them knows which are ours. */
export const madeByMark = '# Made by jrctl install.'

/** A unit file. Comments are cut into lines of a width that people read. */
export function unitText(sections: readonly UnitSection[], { ownSettings }: { ownSettings: string }): string {
  const head = [madeByMark, ...commented(`Settings of your own belong in a drop-in: ${ownSettings}`)]
  const bodies = sections
    .filter(({ lines }) => lines.length > 0)
    .map(({ name, lines }) => [`[${name}]`, ...lines.flatMap(shown)].join('\n'))
  return `${[head.join('\n'), ...bodies].join('\n\n')}\n`
}

function shown(one: UnitLine): string[] {
  return typeof one === 'string' ? commented(one) : [`${one[0]}=${one[1]}`]
}

const widthMax = 100

function commented(text: string): string[] {
  const lines: string[] = []
  for (const part of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + part.length < widthMax)
      lines[lines.length - 1] = `${last} ${part}`
    else lines.push(`# ${part}`)
  }
  return lines
}
