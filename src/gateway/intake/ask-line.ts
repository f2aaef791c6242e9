/** Questions to the queue that are asked a few at a time; the others wait in their order. */
export interface AskLine<Answer> {
  /** Null: as many wait as may, or one that was before it found nobody to ask. */
  ask(question: () => Promise<Answer>): Promise<Answer | null>
}

/**
 * Workers that all begin at once (as after a restart) show more keys than there are connections: each of them is worth a short
 * wait. Where nobody answers, the whole line is let go with the first who finds that out, so that no wait adds up.
 * @param atOnce so that guessers of keys never hold all connections @param waitingMax in the line at most
 */
export function createAskLine<Answer>(atOnce: number, waitingMax: number): AskLine<Answer> {
  const waiting = new Set<(mayAsk: boolean) => void>()
  let asking = 0

  function turn(): boolean | Promise<boolean> {
    if (asking < atOnce) return true
    return waiting.size < waitingMax && new Promise((resolve) => waiting.add(resolve))
  }

  function letIn(): void {
    const [next] = waiting
    if (next === undefined || asking >= atOnce) return
    waiting.delete(next)
    // Its place is taken before anybody else can ask.
    asking += 1
    next(true)
  }

  function sendAway(): void {
    for (const tell of waiting) tell(false)
    waiting.clear()
  }

  return {
    async ask(question) {
      const mayAsk = turn()
      if (mayAsk === true) asking += 1
      else if (!(await mayAsk)) return null
      try {
        return await question()
      } catch (error) {
        sendAway()
        throw error
      } finally {
        asking -= 1
        letIn()
      }
    },
  }
}
