import { runProgram, whyFailed } from './run-program.ts'

const askMs = 10_000

/** Whether an account's own units run without anybody being logged in (loginctl(1)). */
export interface Lingering {
  /** Null: nobody can tell. */
  isOn(account: string): Promise<boolean | null>
  /** Null when it is done, else why not. */
  switch(account: string, on: boolean): Promise<string | null>
}

export function createLingering(env: NodeJS.ProcessEnv): Lingering {
  const loginctl = (args: readonly string[]) =>
    runProgram({
      program: 'loginctl',
      args: ['--no-ask-password', ...args],
      env: { ...env, LC_ALL: 'C' },
      timeoutMs: askMs,
    })
  return {
    async isOn(account) {
      const answer = await loginctl(['show-user', '--value', '-p', 'Linger', '--', account])
      if (answer.kind !== 'ended') return null
      if (answer.code === 0) return answer.stdout.trim() === 'yes'
      // Of who is neither logged in nor lingering logind knows nothing.
      return /not logged in or lingering|No such/i.test(answer.stderr) ? false : null
    },
    async switch(account, on) {
      const answer = await loginctl([on ? 'enable-linger' : 'disable-linger', '--', account])
      return answer.kind === 'ended' && answer.code === 0 ? null : whyFailed(answer, 'loginctl')
    },
  }
}
