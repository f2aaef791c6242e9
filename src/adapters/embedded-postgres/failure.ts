import { OperationalError } from '../../errors.ts'

/** Enough for the reason and its HINT lines, short enough for a terminal. */
const tailLines = 8
const tailCharacters = 1500

/** What PostgreSQL says when it cannot run, the code we give it, and what to do about it. First match wins. */
const causes: readonly { says: RegExp; code: string; retryable: boolean; hint: string }[] = [
  {
    // Before the full disk: "No space left on device" is also what the kernel says at its limit of namespaces.
    says: /unshare/,
    code: 'embedded.namespace',
    retryable: false,
    hint: "User namespaces were allowed when this database was made and are not now: allow them (sysctl user.max_user_namespaces, the container's seccomp profile), or remove the database.",
  },
  {
    says: /No space left on device|Disk quota exceeded/,
    code: 'embedded.disk_full',
    retryable: true,
    hint: 'Free space on the disk of the state directory, then start again; nothing committed is lost.',
  },
  {
    says: /could not create any TCP\/IP sockets|Address already in use/,
    code: 'embedded.port_taken',
    retryable: true,
    hint: 'Another program took the port meanwhile; start again, another one is chosen.',
  },
  {
    says: /could not look up effective user ID/,
    code: 'embedded.nameless_user',
    retryable: false,
    hint: 'Run jrctl under an id that /etc/passwd knows, or set [queue] url to a server.',
  },
  {
    says: /database files are incompatible|was initialized by PostgreSQL version/,
    code: 'embedded.version',
    retryable: false,
    hint: 'The data were written by another major version of PostgreSQL: use the jrctl that wrote them, or point JRCTL_POSTGRES_BIN at that version.',
  },
  {
    says: /error while loading shared libraries|cannot open shared object file/,
    code: 'embedded.library_missing',
    retryable: false,
    hint: 'Install the named library, or point JRCTL_POSTGRES_BIN at an installed PostgreSQL, or set [queue] url to a server.',
  },
  {
    says: /is not a valid data directory|could not locate a valid checkpoint record|global\/pg_control|invalid (?:data in file|checkpoint record|page in block)/,
    code: 'embedded.damaged',
    retryable: false,
    hint: 'Its files are damaged. Bring a backup back, which moves what is there aside: jrctl restore FILE --force',
  },
  {
    says: /pre-existing shared memory block/,
    code: 'embedded.orphans',
    retryable: true,
    hint: 'Processes of a server that died are still ending; start again in a moment.',
  },
  {
    says: /shared memory/,
    code: 'embedded.shared_memory',
    retryable: false,
    hint: 'Give /dev/shm at least 64 MB (in a container: --shm-size=64m).',
  },
  {
    says: /Permission denied|Operation not permitted|has invalid permissions|has wrong ownership/,
    code: 'embedded.permission',
    retryable: false,
    hint: 'The state directory must belong to the account that runs jrctl, with nothing inside owned by another.',
  },
  {
    says: /invalid locale name|could not find suitable/,
    code: 'embedded.locale',
    retryable: false,
    hint: 'Unset LC_ALL and LANG and start again, or set [queue] url to a server.',
  },
]

/** The last lines of a server's or a program's output. */
export function tailOf(output: string): string {
  return output.trimEnd().split('\n').slice(-tailLines).join('\n').slice(-tailCharacters)
}

/** Turns what PostgreSQL said into an error with a code and a next step. `logFile`: where the rest of it is. */
export function embeddedFailure(message: string, output: string, logFile?: string): OperationalError {
  const cause = causes.find(({ says }) => says.test(output))
  const where = logFile === undefined ? '' : ` (log: ${logFile})`
  return new OperationalError(`${message}${where}: ${tailOf(output) || 'it said nothing'}`, {
    code: cause?.code ?? 'embedded.failed',
    retryable: cause?.retryable ?? false,
    hint: cause?.hint ?? 'The log says more; [queue] url uses a PostgreSQL of your own instead.',
  })
}
