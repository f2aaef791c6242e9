import { execFile, spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { commands } from '../../src/cli/commands.ts'
import { shell as shellText } from '../../src/cli/completion/quoted.ts'
import { fakeCli } from './fake-cli.ts'

const run = promisify(execFile)

export type ShellName = 'bash' | 'zsh' | 'fish'

/** What `jrctl completion values KIND` answers in these tests. */
const values = {
  jr: [
    'Research Jr.\trunning',
    'it\'s $(touch owned) `touch owned` "Jr"; touch owned\tbackoff',
    'it_triad_jr\trunning',
  ],
  task: ['42\tRead $(touch owned) `touch owned` (pending)', '43\tWrite (in_progress)', '7\tOther (assigned)'],
  // Signs at which bash breaks words.
  rule: ['a:b\twithout', 'a:c=d\twith'],
  topic: ['task.>\tall of task', 'dlq.added\t'],
} as const

/** A folder with the scripts of all shells, and a `jrctl` that answers what a fleet would. */
export interface CompletionPlace {
  dir: string
  env: Record<string, string>
  /** What `jrctl` was called with so far, a line a call, arguments in brackets. */
  calls(shell: ShellName): Promise<string[]>
  /** What this shell offers for each line, with the cursor at its end. */
  offers(shell: ShellName, lines: readonly string[]): Promise<string[][]>
  /** What somebody has made a shell do that he should not have. */
  damage(): Promise<string | null>
  remove(): Promise<void>
}

export const isMissing = (shell: ShellName): boolean => spawnSync(shell, ['--version']).status !== 0

export async function completionPlace(): Promise<CompletionPlace> {
  const dir = await mkdtemp(join(tmpdir(), 'jrctl-completion-'))
  await mkdir(join(dir, 'bin'))
  await mkdir(join(dir, 'values'))
  await mkdir(join(dir, 'a folder'))
  await writeFile(join(dir, 'a file.toml'), '')
  for (const [kind, lines] of Object.entries(values))
    await writeFile(join(dir, 'values', kind), `${lines.join('\n')}\n`)
  await writeFile(join(dir, 'bin/jrctl'), program(dir))
  await chmod(join(dir, 'bin/jrctl'), 0o755)
  for (const shell of ['bash', 'zsh', 'fish'] as const)
    await writeFile(join(dir, `script.${shell}`), await script(shell))
  await writeFile(join(dir, 'drive.bash'), bashDriver)
  await writeFile(join(dir, 'drive.zsh'), zshDriver)
  await writeFile(join(dir, 'drive.fish'), fishDriver)
  const env = {
    PATH: `${join(dir, 'bin')}:${process.env['PATH'] ?? ''}`,
    HOME: dir,
    XDG_CONFIG_HOME: join(dir, 'config'),
    XDG_DATA_HOME: join(dir, 'data'),
    LC_ALL: 'C.UTF-8',
    TERM: 'xterm',
  }
  return {
    dir,
    env,
    async calls(shell) {
      const all = await readFile(join(dir, `calls.${shell}`), 'utf8').catch(() => '')
      return all.split('\n').filter(Boolean)
    },
    async offers(shell, lines) {
      const args = [...noSettings[shell], join(dir, `drive.${shell}`), ...lines]
      const { stdout } = await run(shell, args, { cwd: dir, env: { ...env, UNDER: shell } })
      const answers = stdout.split(answerEnd).slice(0, -1)
      return answers.map((answer) => answer.split('\0').filter(Boolean))
    },
    damage: () => readFile(join(dir, 'owned'), 'utf8').catch(() => null),
    remove: () => rm(dir, { recursive: true, force: true }),
  }
}

/** Printed after the offers for each line; they end in a NUL each. */
const answerEnd = '\u001d'

const noSettings = { bash: ['--norc'], zsh: ['-f'], fish: ['--no-config'] } as const

/** Values are data to it: it prints a file. */
function program(dir: string): string {
  return `#!/bin/sh
{ for word; do printf '[%s]' "$word"; done; echo; } >>'${dir}/calls'."$UNDER"
while [ $# -gt 0 ] && [ "$1" != completion ]; do shift; done
[ "$2" = values ] && cat '${dir}/values/'"$3"
`
}

async function script(shell: ShellName): Promise<string> {
  const cli = fakeCli({ args: [shell] })
  const entry = commands.find(({ name }) => name === 'completion')
  await (await entry?.load())?.run(cli)
  return cli.out
}

/** As bash calls a function for completion; where it would go on by itself (files, folders), that is told as `<default>`. */
const bashDriver = shellText`
compopt() { [[ $2 == nosort ]] || printf '<%s>\0' "$2"; }
source "$HOME/script.bash"
COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
for line; do
  COMP_LINE=$line COMP_POINT=$\{#line} COMP_TYPE=9
  IFS=' ' read -ra COMP_WORDS <<<"$line"
  if [[ $line == *' ' ]]; then COMP_WORDS+=(''); fi
  COMP_CWORD=$(($\{#COMP_WORDS[@]} - 1))
  _jrctl jrctl
  if (($\{#COMPREPLY[@]})); then printf '%s\0' "$\{COMPREPLY[@]}"; fi
  printf '\x1d'
done
`

/** A shell at a terminal of its own; what it adds to its matches is written down, quoted as it is typed. */
const zshDriver = shellText`
zmodload zsh/zpty
cat >"$HOME/.zshrc" <<'END'
autoload -Uz compinit
compinit -u -D
source "$HOME/script.zsh"
compadd() {
  if [[ $\{@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
    builtin compadd "$@"
    return
  fi
  local -a hits
  builtin compadd -A hits "$@"
  for hit in $hits; do printf '%s\0' "$hit"; done >>"$HOME/hits"
  builtin compadd "$@"
}
tell() {
  zle list-choices
  zle kill-buffer
  : >"$HOME/done"
}
zle -N tell
bindkey '^X^T' tell
: >"$HOME/ready"
END
await() {
  for try in {1..1200}; do
    [[ -e $1 ]] && return
    sleep 0.02
  done
  print -u2 "zsh has not made $1"
  exit 1
}
zpty shell env ZDOTDIR="$HOME" zsh -d -i
await "$HOME/ready"
for line; do
  rm -f "$HOME/hits" "$HOME/done"
  zpty -w -n shell "$line"$'\C-x\C-t'
  await "$HOME/done"
  [[ -e $HOME/hits ]] && cat "$HOME/hits"
  printf '\x1d'
done
zpty -d shell
`

const fishDriver = shellText`
source $HOME/script.fish
for line in $argv
    for offer in (complete -C "$line")
        printf '%s\0' (string split -m 1 \t -- $offer)[1]
    end
    printf '\x1d'
end
`
