/** A time that is due, as in messages that are kept: `2026-01-01T03:00:00Z`, for schedules have no milliseconds. */
export function timeText(atMs: number): string {
  return new Date(atMs).toISOString().replace('.000Z', 'Z')
}
