/** Only builtins, and the same process: to open a log in place of the descriptors that it was given is the shell's to do. */
const intoLog = 'exec "$@" >>"$0" 2>&1'
/** What a shell adds to an environment that does not have it. */
const shellVariables = ['PWD', 'OLDPWD', 'SHLVL']

/**
 * Becomes the program, as execve(2) does: returns only where it could not.
 * @param log takes its output; null: the descriptors stay as they are
 */
export function become(
  { command, env }: { command: readonly string[]; env: Record<string, string> },
  log: string | null,
  process: NodeJS.Process,
): void {
  const [program = '', ...args] = command
  if (log === null) return process.execve?.(program, [program, ...args], env)
  const added = shellVariables.filter((name) => !(name in env))
  const script = `${added.length === 0 ? '' : `unset ${added.join(' ')}; `}${intoLog}`
  process.execve?.('/bin/sh', ['sh', '-c', script, log, ...command], env)
}
