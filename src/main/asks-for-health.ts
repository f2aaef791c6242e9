/** Whether these arguments are a health check's: who reads its answer must not take a slip in them for a dead fleet. */
export function asksForHealth(args: readonly string[]): boolean {
  return args.includes('health-check')
}
