import { OperationalError } from '../../errors.ts'

/** Errors after which trying again soon is no use: something has to be installed or corrected first. */
const codes = new Set([
  'process.missing',
  'process.not_executable',
  'process.no_cwd',
  'process.user',
  'process.limits',
])

export function lacksSomething(error: unknown): boolean {
  return error instanceof OperationalError && codes.has(error.code)
}
