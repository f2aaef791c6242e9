import type { Node } from './nodes.ts'
import { quoted, shell } from './quoted.ts'

/** The script for zsh: as a file `_jrctl` in a folder of fpath, or read by `source` once compinit has been called. */
export function zshScript(nodes: readonly Node[]): string {
  return `${head}
_jrctl_about() {
  subcommands=() flags=() operands=() takes_command=''
  case $1 in
${nodes.map(nodeLines).join('\n')}
  esac
}
${body}`
}

function nodeLines(node: Node): string {
  return [
    `    ${quoted(node.path)})`,
    ...list(
      'subcommands',
      node.commands.map(({ name, text }) => [name, text]),
    ),
    ...list(
      'flags',
      node.options.map(({ name, value, text }) => [name, value, text]),
    ),
    ...(node.arguments.length === 0 ? [] : [`      operands=(${node.arguments.map(quoted).join(' ')})`]),
    ...(node.takesCommand ? ['      takes_command=yes'] : []),
    '      ;;',
  ].join('\n')
}

/** A list of tuples, one after the other. */
function list(name: string, rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return []
  return [`      ${name}=(`, ...rows.map((row) => `        ${row.map(quoted).join(' ')}`), '      )']
}

const head = `#compdef jrctl
# Completions of jrctl for zsh. Into a folder that your fpath names, before compinit is called in ~/.zshrc:
#
#   jrctl completion zsh > ~/.zfunc/_jrctl        (with fpath=(~/.zfunc $fpath))
#
# or in ~/.zshrc, after compinit, for every shell:
#
#   source <(jrctl completion zsh)

# What may follow a path of commands: commands and what they do, options with the kind of their value and what they
# mean, kinds of arguments.`

const body = shell`
# Offers values, each with its meaning: pairs, one after the other.
_jrctl_offer() {
  local value text
  local -a values=() shown=()
  for value text in "$@"; do
    values+=("$value") shown+=("$value$\{text:+  -- $text}")
  done
  ((#values)) || return 1
  # As they come: tasks are the newest first.
  compadd -l -V jrctl -d shown -a values
}

_jrctl_value_of() {
  local name value text
  REPLY=''
  for name value text in "$\{flags[@]}"; do
    [[ $name == "$1" ]] && REPLY=$value
  done
}

# Notes which daemon and which configuration are meant.
_jrctl_noted() {
  case $1 in
    (--config | --host) asked+=("$1=$2") ;;
  esac
}

_jrctl_values() {
  local kind=$1 line value text
  local -a pairs=()
  case $kind in
    (text) return 1 ;;
    (file) _files; return ;;
    (folder) _files -/; return ;;
    (list:*) compset -P '*,'; for value in "$\{(@s:,:)$\{kind#list:}}"; do pairs+=("$value" ''); done ;;
    (one:*) for value in "$\{(@s:,:)$\{kind#one:}}"; do pairs+=("$value" ''); done ;;
    (*)
      while IFS=$'\t' read -r value text; do
        pairs+=("$value" "$text")
      done < <("$program" $asked completion values "$kind" -- '' 2>/dev/null </dev/null)
      ;;
  esac
  _jrctl_offer "$\{pairs[@]}"
}

_jrctl() {
  local REPLY place='' option='' kind='' ended='' count=0 index word name takes_command
  local program=$\{(Q)words[1]} typed=$\{(Q)PREFIX}
  local -a subcommands=() flags=() operands=() asked=() pairs=()
  program=$\{program/#\~\//$HOME/}
  [[ -x $program ]] || program=$(whence -p -- "$program" || whence -p jrctl) || return 1
  _jrctl_about ''

  for ((index = 2; index < CURRENT; index++)); do
    word=$\{(Q)words[index]}
    if [[ -n $ended ]]; then
      ((count += 1))
    elif [[ -n $kind ]]; then
      _jrctl_noted "$option" "$word"
      kind=''
    elif [[ $word == -- ]]; then
      ended=$index
    elif [[ $word == --*=* ]]; then
      _jrctl_noted "$\{word%%=*}" "$\{word#*=}"
    elif [[ $word == -?* ]]; then
      _jrctl_value_of "$word"
      option=$word kind=$REPLY
    elif [[ -z $place && $count == 0 && $word == help ]]; then
      :
    elif ((count == 0 && $\{subcommands[(Ie)$word]} % 2 == 1)); then
      place+=$\{place:+ }$word
      _jrctl_about "$place"
    else
      ((count += 1))
    fi
  done

  if [[ -n $ended && -n $takes_command ]]; then
    shift $ended words
    ((CURRENT -= ended))
    _normal
    return
  fi
  if [[ -n $kind ]]; then
    _jrctl_values "$kind"
    return
  fi
  if [[ -z $ended && $typed == --*=* ]]; then
    _jrctl_value_of "$\{typed%%=*}"
    [[ -n $REPLY ]] || return 1
    compset -P '--[a-z-]##=' || compset -P '*='
    _jrctl_values "$REPLY"
    return
  fi
  if [[ -z $ended && $typed == -* ]]; then
    for name word option in "$\{flags[@]}"; do pairs+=("$name" "$option"); done
    _jrctl_offer "$\{pairs[@]}"
    return
  fi
  local result=1
  if ((count == 0 && $#subcommands)) && [[ -z $ended ]]; then
    _jrctl_offer "$\{subcommands[@]}" && result=0
  fi
  for word in "$\{operands[@]}"; do
    if ((count == 0)) || [[ $word == *+ ]]; then
      _jrctl_values "$\{word%+}" && result=0
      break
    fi
    ((count -= 1))
  done
  return result
}

if [[ $funcstack[1] == _jrctl ]]; then
  _jrctl "$@"
elif (($+functions[compdef])); then
  compdef _jrctl jrctl
fi
`
