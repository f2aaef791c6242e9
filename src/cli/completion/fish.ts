import type { Node } from './nodes.ts'
import { quotedForFish as quoted, shell } from './quoted.ts'

/** The script for fish 3.1 and later. Fish itself picks what goes on from what is typed, and quotes it. */
export function fishScript(nodes: readonly Node[]): string {
  return `${head}
function __jrctl_about --no-scope-shadowing
    set commands
    set options
    set arguments
    set takes_command
    switch "$argv[1]"
${nodes.map(nodeLines).join('\n')}
    end
end
${body}`
}

function nodeLines(node: Node): string {
  return [
    `        case ${quoted(node.path)}`,
    ...list(
      'commands',
      node.commands.map(({ name, text }) => [name, text]),
    ),
    ...list(
      'options',
      node.options.map(({ name, value, text }) => [name, value, text]),
    ),
    ...(node.arguments.length === 0
      ? []
      : [`            set arguments ${node.arguments.map(quoted).join(' ')}`]),
    ...(node.takesCommand ? ['            set takes_command yes'] : []),
  ].join('\n')
}

/** A list of tuples, one after the other. */
function list(name: string, rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return []
  return [
    `            set ${name} \\`,
    rows.map((row) => `                ${row.map(quoted).join(' ')}`).join(' \\\n'),
  ]
}

const head = `# Completions of jrctl for fish. Once:
#
#   jrctl completion fish > ~/.config/fish/completions/jrctl.fish
#
# or for this shell: jrctl completion fish | source

# What may follow a path of commands: commands and what they do, options with the kind of their value and what they
# mean, kinds of arguments.`

const body = shell`
# Prints values with their meanings, which come in tuples of so many: the first of each and the last.
function __jrctl_offer
    set -l size $argv[1]
    set -l rows $argv[2..]
    while test (count $rows) -ge $size
        printf '%s\t%s\n' $rows[1] $rows[$size]
        set -e rows[1..$size]
    end
end

# Prints the kind of value that an option takes; nothing: it takes none.
function __jrctl_value_of
    set -l name $argv[1]
    set -l rows $argv[2..]
    while set -q rows[3]
        if test "$rows[1]" = "$name"
            test -n "$rows[2]"; and echo $rows[2]
            return
        end
        set -e rows[1..3]
    end
end

# Prints the values of a kind, each after a prefix; then what is typed after that, the program, and how it is to ask.
function __jrctl_values
    set -l kind $argv[1]
    set -l prefix $argv[2]
    set -l typed $argv[3]
    set -l words (string split , -- (string replace -r '^(one|list):' '' -- $kind))
    switch $kind
        case text
        case file
            __fish_complete_path "$typed" | string replace -r '^' -- "$prefix"
        case folder
            __fish_complete_directories "$typed" | string replace -r '^' -- "$prefix"
        case 'list:*'
            set -l before (string match -r '^.*,' -- "$typed")
            printf "%s\n" "$prefix$before"$words
        case 'one:*'
            printf "%s\n" "$prefix"$words
        case '*'
            $argv[4..] completion values $kind -- '' 2>/dev/null </dev/null | string replace -r '^' -- "$prefix"
    end
end

function __jrctl_complete
    set -l commands
    set -l options
    set -l arguments
    set -l takes_command
    set -l place
    set -l option
    set -l kind
    set -l ended
    set -l count 0
    set -l tokens (commandline -opc)
    set -l typed (commandline -ct)
    set -l call $tokens[1]
    __jrctl_about ''

    for index in (seq 2 (count $tokens))
        set -l word $tokens[$index]
        if test -n "$ended"
            set count (math $count + 1)
        else if test -n "$kind"
            contains -- "$option" --config --host; and set -a call "$option=$word"
            set kind
        else if test "$word" = --
            set ended $index
        else if string match -qr '^--[^=]+=' -- $word
            string match -qr '^--(config|host)=' -- $word; and set -a call $word
        else if string match -qr '^-.' -- $word
            set option $word
            set kind (__jrctl_value_of $word $options)
        else if test -z "$place" -a $count = 0 -a "$word" = help
        else if test $count = 0; and set -l at (contains -i -- $word $commands); and test (math $at % 2) = 1
            set place (string join ' ' -- $place $word)
            __jrctl_about "$place"
        else
            set count (math $count + 1)
        end
    end

    if test -n "$ended" -a -n "$takes_command"
        set -l rest (string escape -- $tokens[(math $ended + 1)..])
        complete -C (string join ' ' -- $rest $typed)
        return
    end
    if test -n "$kind"
        __jrctl_values $kind '' "$typed" $call
        return
    end
    if test -z "$ended"; and string match -qr '^--[^=]+=' -- $typed
        set -l parts (string split -m 1 = -- $typed)
        set kind (__jrctl_value_of $parts[1] $options)
        test -n "$kind"; and __jrctl_values $kind "$parts[1]=" "$parts[2]" $call
        return
    end
    if test -z "$ended"; and string match -q -- '-*' $typed
        __jrctl_offer 3 $options
        return
    end
    if test $count = 0 -a -z "$ended"
        __jrctl_offer 2 $commands
    end
    for word in $arguments
        if test $count = 0; or string match -q '*+' -- $word
            __jrctl_values (string trim -r -c + -- $word) '' "$typed" $call
            break
        end
        set count (math $count - 1)
    end
end

complete -c jrctl -f -k -a '(__jrctl_complete)'
`
