const patienceMs = 20_000

/** Asks the database again and again until something outside of us has come about there. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + patienceMs
  do if (await holds()) return
  while (performance.now() < deadlineMs)
  throw new Error(`it did not come about in ${patienceMs} ms`)
}
