/** What stands in place of a secret. */
export const mask = '***'

const secretName = /pass|secret|token|credential|api_?key|private_?key|dsn|_url$|^url$|auth/i

/** Whether a variable or key of this name is likely to hold a secret. */
export function isSecretName(name: string): boolean {
  return secretName.test(name)
}

/** Hides the password of every URL in a text. */
export function maskUrls(text: string): string {
  return text.replaceAll(/(\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s:/@"']{0,200}):[^\s"']*(@|$)/gi, `$1:${mask}$2`)
}

const lineShownMax = 120

/** A line of a configuration for a message: control characters and what may be a secret hidden, and bounded. */
export function maskLine(line: string): string {
  const assignment = /^\s*(?<key>[^=]{1,200}?)\s*=/.exec(line)
  const key = assignment?.groups?.['key']
  if (key !== undefined && (isSecretName(key) || line.includes('://'))) return `${clean(key)} = ${mask}`
  return maskUrls(clean(line.trim().slice(0, lineShownMax)))
}

function clean(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '�')
}
