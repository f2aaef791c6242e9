import { lstatSync } from 'node:fs'

/** What `npm run package` makes. */
export const executable = new URL('../../dist/jrctl', import.meta.url).pathname

/** Why it cannot be tested; null: it is made of what is built here. */
export function whyNotTested(): string | null {
  const built = lstatSync(new URL('../../dist/main.js', import.meta.url), { throwIfNoEntry: false })
  const packaged = lstatSync(executable, { throwIfNoEntry: false })
  if (packaged === undefined) return 'there is no dist/jrctl'
  return built !== undefined && built.mtimeMs > packaged.mtimeMs
    ? 'dist/jrctl is older than the sources'
    : null
}
