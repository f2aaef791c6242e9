/** The calls of jrctl in a script, with their long options. */
export function optionsOf(script: string): { command: string; options: string[] }[] {
  return [...script.matchAll(/^(?:.*[ /])?jrctl ([a-z-]+)(?![\w/.])(.*)$/gm)].map(
    ([, command = '', rest = '']) => ({
      command,
      options: rest
        .replace(/#.*$/, '')
        .split(' ')
        .filter((word) => word.startsWith('--'))
        .map((word) => word.split('=')[0] ?? word),
    }),
  )
}
