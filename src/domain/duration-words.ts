const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** `3 s`, `4 min`, `2 h 05 min`, `6 d 3 h`: two units at most, for people. */
export function duration(ms: number): string {
  if (ms < second) return `${Math.max(0, Math.round(ms))} ms`
  if (ms < minute) return `${Math.floor(ms / second)} s`
  if (ms < hour) return `${Math.floor(ms / minute)} min`
  if (ms < day)
    return `${Math.floor(ms / hour)} h ${String(Math.floor((ms % hour) / minute)).padStart(2, '0')} min`
  return `${Math.floor(ms / day)} d ${Math.floor((ms % day) / hour)} h`
}
