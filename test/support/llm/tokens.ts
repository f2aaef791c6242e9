/** What an upstream says that a call has cost. */
export interface Tokens {
  input: number
  output: number
}

export const someTokens: Tokens = { input: 11, output: 7 }

/** Says more than ASCII, so that a cut may fall into a character. */
export const someText = 'Größer als 50 % – fünf Wörter ✓ 🦜.'

/** The text in the deltas of a stream: by word. */
export function wordsOf(text: string): string[] {
  return text.split(/(?<= )/)
}
