/** The value of a variable in the text of /proc/PID/environ, null when there is none. */
export function variableIn(environ: string, name: string): string | null {
  const start = `\0${environ}`.indexOf(`\0${name}=`)
  if (start < 0) return null
  const valueStart = start + name.length + 1
  const end = environ.indexOf('\0', valueStart)
  return environ.slice(valueStart, end < 0 ? undefined : end)
}
