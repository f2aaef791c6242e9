import { OperationalError } from '../../errors.ts'
import { runProgram, whyFailed } from './run-program.ts'

const askMs = 10_000

/** An account's crontab, through the program that may write it: where it lies is cron's own affair. */
export interface Crontab {
  /** '' when there is none. @throws OperationalError `install.cron`, `install.no_cron` without the program */
  read(): Promise<string>
  /** @throws OperationalError `install.cron` */
  write(text: string): Promise<void>
}

/** @param account Whose; null: who asks. Only root may name another. */
export function createCrontab(account: string | null, env: NodeJS.ProcessEnv): Crontab {
  const whose = account === null ? [] : ['-u', account]
  const crontab = (args: readonly string[], stdin?: string) =>
    runProgram({
      program: 'crontab',
      args: [...whose, ...args],
      env: { ...env, LC_ALL: 'C' },
      timeoutMs: askMs,
      ...(stdin === undefined ? {} : { stdin }),
    })
  return {
    async read() {
      const answer = await crontab(['-l'])
      if (answer.kind === 'ended' && answer.code === 0) return answer.stdout
      // Of an account that was deleted meanwhile nothing is run any more.
      if (answer.kind === 'ended' && /no crontab for|can't open|unknown/i.test(answer.stderr)) return ''
      throw answer.kind === 'missing'
        ? failure('cron is not installed', 'install.no_cron')
        : failure(whyFailed(answer, 'crontab'))
    },
    async write(text) {
      // An empty one is taken away: `crontab -l` then says so, as it did before us.
      const answer = text.trim() === '' ? await crontab(['-r']) : await crontab(['-'], text)
      if (answer.kind !== 'ended' || answer.code !== 0) throw failure(whyFailed(answer, 'crontab'))
    },
  }
}

function failure(why: string, code = 'install.cron'): OperationalError {
  return new OperationalError(`the crontab cannot be used: ${why}`, {
    code,
    retryable: false,
    hint: 'Install the package cron, or let systemd run the health check: leave out --cron.',
  })
}
