/**
 * Whether a path means more than itself between double quotes in a shell: so PostgreSQL's programs run one another, and what a
 * folder is called would be run with them.
 */
export function meansMoreToShell(path: string): boolean {
  return /["$`\\\n\r]/.test(path)
}

/** What is wrong with such a path. */
export const moreToShell = 'holds a character that a shell reads as more than a name (" $ ` \\ or a new line)'
