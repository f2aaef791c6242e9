/** The least that makes a fleet; shown, to be pasted, to who has none. */
export const minimalWorker = `[[workers]]
name = "Research Jr."
command = ["jrctl", "work", "Research Jr.", "--", "python3", "research.py"]`
