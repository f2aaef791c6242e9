const roundsMax = 2_000

/** Asks the database again and again until something outside of us has come about there. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let round = 0; round < roundsMax; round += 1) if (await holds()) return
  throw new Error(`it did not come about in ${roundsMax} looks`)
}
