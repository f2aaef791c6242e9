import type { Node } from './nodes.ts'
import { quoted, shell } from './quoted.ts'

/**
 * The script for bash 4.4 and later. It needs no other package: the line is parted into words by itself, because what bash
 * hands over is broken at `=` and `:` and still quoted.
 */
export function bashScript(nodes: readonly Node[]): string {
  return `${head}
_jrctl_about() {
  commands='' options='' arguments='' takes_command=''
  case $1 in
${nodes.map(nodeLines).join('\n')}
  esac
}
${body}`
}

function nodeLines(node: Node): string {
  const options = node.options.map(({ name, value }) => (value === '' ? name : `${name}=${value}`))
  return [
    `    ${quoted(node.path)})`,
    ...assignment('commands', node.commands.map(({ name }) => name).join(' ')),
    ...assignment('options', options.join(' ')),
    ...assignment('arguments', node.arguments.join(' ')),
    ...(node.takesCommand ? ['      takes_command=yes'] : []),
    '      ;;',
  ].join('\n')
}

function assignment(name: string, value: string): string[] {
  return value === '' ? [] : [`      ${name}=${quoted(value)}`]
}

const head = `# Completions of jrctl for bash. In ~/.bashrc, for every shell:
#
#   source <(jrctl completion bash)
#
# or, where the package bash-completion is, once:
#
#   mkdir -p ~/.local/share/bash-completion/completions
#   jrctl completion bash > ~/.local/share/bash-completion/completions/jrctl

# What may follow a path of commands: commands, options (with = and the kind of their value), kinds of arguments.`

const body = shell`
# Parts the line before the cursor into words, without their quotes. Of the last one bash replaces only what comes after
# head: after a sign in COMP_WORDBREAKS, or a quote that is still open.
_jrctl_words() {
  local line=$1 index sign next word='' begun='' outside=''
  words=() head='' quote=''
  for ((index = 0; index < $\{#line}; index++)); do
    sign=$\{line:index:1}
    if [[ $quote == \' ]]; then
      if [[ $sign == \' ]]; then quote='' head=$outside; else word+=$sign; fi
    elif [[ $sign == \\ ]]; then
      ((index += 1))
      next=$\{line:index:1} begun=yes
      if [[ $quote == \" && $next != [\$\`\"\\] ]]; then word+=\\; fi
      word+=$next
    elif [[ $quote == \" ]]; then
      if [[ $sign == \" ]]; then quote='' head=$outside; else word+=$sign; fi
    elif [[ $sign == [\'\"] ]]; then
      quote=$sign begun=yes outside=$head head=$word
    elif [[ $sign == [[:space:]] ]]; then
      [[ $begun ]] && words+=("$word")
      word='' begun='' head=''
    else
      word+=$sign begun=yes
      if [[ $COMP_WORDBREAKS == *"$sign"* ]]; then head=$word; fi
    fi
  done
  words+=("$word")
}

# Sets REPLY to a text as it is to be typed where the cursor stands. Nothing in it may be run or expanded.
_jrctl_typed() {
  local text=$1 index sign
  REPLY=$text
  if [[ $text != *[!A-Za-z0-9_./:,@%+=-]* ]]; then return; fi
  if [[ ! $quote ]]; then
    printf -v REPLY %q "$text"
    return
  fi
  REPLY=''
  for ((index = 0; index < $\{#text}; index++)); do
    sign=$\{text:index:1}
    case $quote$sign in
      \"[\\\"\$\`]) REPLY+=\\$sign ;;
      '"!') REPLY+="\"'!'\"" ;;
      "''") REPLY+="'\\''" ;;
      *) REPLY+=$sign ;;
    esac
  done
}

# Offers a value, if it goes on from what is typed; its description is for lists.
_jrctl_offer() {
  local REPLY
  if [[ $1 != "$typed"* || $1 != "$head"* ]]; then return; fi
  _jrctl_typed "$\{1:$\{#head}}"
  COMPREPLY+=("$REPLY")
  described+=("$REPLY$\{2:+  -- $2}")
}

# Sets REPLY to the kind of value that an option takes; empty: it takes none.
_jrctl_value_of() {
  local entry
  REPLY=''
  for entry in $options; do
    if [[ $\{entry%%=*} == "$1" && $entry == *=* ]]; then REPLY=$\{entry#*=}; fi
  done
}

# Notes which daemon and which configuration are meant.
_jrctl_noted() {
  local value=$2
  # As bash will, when the line is run.
  if [[ $value == '~/'* ]]; then value=$HOME/$\{value:2}; fi
  case $1 in
    --config | --host) asked+=("$1=$value") ;;
  esac
}

# Offers values of a kind, each after a prefix.
_jrctl_values() {
  local kind=$1 prefix=$2 word value text
  case $kind in
    text) ;;
    file) compopt -o default ;;
    folder) compopt -o dirnames ;;
    list:*)
      word=$\{typed#"$prefix"}
      if [[ $word == *,* ]]; then prefix+=$\{word%,*},; fi
      for value in $\{kind//[:,]/ }; do
        if [[ $value != list ]]; then _jrctl_offer "$prefix$value"; fi
      done
      ;;
    one:*)
      for value in $\{kind//[:,]/ }; do
        if [[ $value != one ]]; then _jrctl_offer "$prefix$value"; fi
      done
      ;;
    *)
      # The newest tasks first, as they come.
      compopt -o nosort 2>/dev/null
      while IFS=$'\t' read -r value text; do
        _jrctl_offer "$prefix$value" "$text"
      done < <("$program" $\{asked[@]+"$\{asked[@]}"} completion values "$kind" -- "$\{typed#"$prefix"}" 2>/dev/null </dev/null)
      ;;
  esac
}

# A command line of somebody's own: $1 is the place of its first word.
_jrctl_command() {
  local index value
  for ((index = 1; index < COMP_CWORD; index++)); do
    if [[ $\{COMP_WORDS[index]} == -- ]]; then break; fi
  done
  if declare -F _comp_command_offset >/dev/null; then
    _comp_command_offset $((index + 1))
  elif declare -F _command_offset >/dev/null; then
    _command_offset $((index + 1))
  elif (($1 == last)) && [[ $typed != */* ]]; then
    while read -r value; do _jrctl_offer "$value"; done < <(compgen -c -- "$typed" | sort -u)
    if (($\{#COMPREPLY[@]} == 0)); then compopt -o default; fi
  else
    compopt -o default
  fi
}

_jrctl() {
  local IFS=$' \t\n' REPLY
  local line=$\{COMP_LINE:0:COMP_POINT} head quote path='' option='' kind='' ended='' count=0
  local commands options arguments takes_command index word last typed program
  local -a words=() asked=() described=()
  COMPREPLY=()
  if (($\{#line} > 8192)); then return; fi
  _jrctl_words "$line"
  _jrctl_about ''
  last=$(($\{#words[@]} - 1)) typed=$\{words[$\{#words[@]} - 1]} program=$\{words[0]}
  if [[ $program == '~/'* ]]; then program=$HOME/$\{program:2}; fi
  program=$(type -P -- "$program" || type -P jrctl) || return

  for ((index = 1; index < last; index++)); do
    word=$\{words[index]}
    if [[ $ended ]]; then
      ((count += 1))
    elif [[ $kind ]]; then
      _jrctl_noted "$option" "$word"
      kind=''
    elif [[ $word == -- ]]; then
      ended=$index
    elif [[ $word == --*=* ]]; then
      _jrctl_noted "$\{word%%=*}" "$\{word#*=}"
    elif [[ $word == -?* ]]; then
      _jrctl_value_of "$word"
      option=$word kind=$REPLY
    elif [[ ! $path && $count == 0 && $word == help ]]; then
      :
    elif ((count == 0)) && [[ " $commands " == *" $word "* ]]; then
      path+=$\{path:+ }$word
      _jrctl_about "$path"
    else
      ((count += 1))
    fi
  done

  if [[ $ended && $takes_command ]]; then
    _jrctl_command $((ended + 1))
    return
  fi
  if [[ $kind ]]; then
    _jrctl_values "$kind" ''
  elif [[ ! $ended && $typed == --*=* ]]; then
    _jrctl_value_of "$\{typed%%=*}"
    if [[ $REPLY ]]; then _jrctl_values "$REPLY" "$\{typed%%=*}="; fi
  elif [[ ! $ended && $typed == -* ]]; then
    for word in $options; do _jrctl_offer "$\{word%%=*}"; done
  else
    if ((count == 0)) && [[ ! $ended ]]; then
      for word in $commands; do _jrctl_offer "$word"; done
    fi
    kind=''
    for word in $arguments; do
      if ((count == 0)) || [[ $word == *+ ]]; then
        kind=$\{word%+}
        break
      fi
      ((count -= 1))
    done
    if [[ $kind ]]; then _jrctl_values "$kind" ''; fi
  fi
  # Only shown, not typed: then there is room for what the values mean.
  if [[ $COMP_TYPE == 63 ]] && (($\{#COMPREPLY[@]} > 1)); then COMPREPLY=("$\{described[@]}"); fi
}

complete -F _jrctl jrctl
`
