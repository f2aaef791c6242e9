/** `Undo: make task 8 urgent? …` */
export function undoing(text: string): string {
  return `Undo: ${text.charAt(0).toLowerCase()}${text.slice(1)}`
}
