/**
 * Whether a name fits a pattern in which `*` stands for anything, also nothing. Each part between stars is taken at its first
 * place after the one before, which finds a fit wherever there is one; so no pattern makes a name slow to try.
 */
export function matchesName(pattern: string, name: string): boolean {
  if (pattern === '*') return true
  const parts = pattern.split('*')
  const [first = '', ...rest] = parts
  const last = rest.pop()
  if (last === undefined) return pattern === name
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length)
    return false
  let at = first.length
  for (const part of rest) {
    const found = name.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return at <= name.length - last.length
}
