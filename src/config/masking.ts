import { harmless } from './quote.ts'

/** What stands in place of a secret. */
export const mask = '***'

const secretName = /pass|secret|token|credential|api_?key|private_?key|dsn|_url$|^url$|auth/i

/** Whether a variable or key of this name is likely to hold a secret. */
export function isSecretName(name: string): boolean {
  return secretName.test(name)
}

/** Hides the password of every URL in a text; one may hold an @, so it goes on to the last. */
export function maskUrls(text: string): string {
  return text.replaceAll(/(\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s:/@"']{0,200}):[^\s"']*@/gi, `$1:${mask}@`)
}

const lineShownMax = 120

/**
 * A line of a broken configuration for a message: bounded, without control characters, and without its value where any
 * word of it names a secret or it holds a URL, for nobody knows where the value ends.
 */
export function maskLine(line: string): string {
  const shown = harmless(line.trim().slice(0, lineShownMax))
  const words = line.match(/[\w-]{1,100}/g) ?? []
  if (!line.includes('://') && !words.some(isSecretName) && words[0] !== 'env') return shown
  const assigned = shown.indexOf('=')
  return assigned === -1 ? mask : `${shown.slice(0, assigned).trim()} = ${mask}`
}
