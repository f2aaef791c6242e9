import { OperationalError } from '../errors.ts'

/** No task can be done: the worker ends with this. */
export function missingCommand(reason: string, program: string): OperationalError {
  return new OperationalError(`the command of this worker cannot be run: ${reason}`, {
    code: 'process.missing',
    retryable: false,
    hint: `install ${program}, or name it by its full path; its tasks stay in the queue`,
  })
}
