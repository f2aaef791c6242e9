import { describe, expect, test } from 'vitest'
import { ConfigError } from '../../src/config/config-error.ts'
import { exitCode } from '../../src/errors.ts'
import { load, problemsOf, sandbox } from './fixture.ts'
import { loadPolicy } from '../../src/config/load.ts'
import { listedTables, sections, topLevel, workerFields } from '../../src/config/schema.ts'

const worker = '[[workers]]\nname = "A"\ncommand = ["a"]\n'
const topKeys = [topLevel, sections, listedTables].flatMap((part) => Object.keys(part)).join(', ')

/** One mistake each, and the whole of what is said about it. */
const mistakes: [mistake: string, toml: string, said: string][] = [
  [
    'a misspelled table',
    '[queu]\n',
    `f:1:2 queu: found an unknown key, allowed ${topKeys}; did you mean "queue"?`,
  ],
  [
    'a singular table of workers',
    '[[worker]]\n',
    `f:1:3 worker: found an unknown key, allowed ${topKeys}; did you mean "workers"?`,
  ],
  [
    'a key in camel case',
    '[logs]\n\n  Level = "info"\n',
    'f:3:3 logs.Level: found an unknown key, allowed dir, level, rotate_size, rotate_age, keep, compress; did you mean "level"?',
  ],
  [
    'a key outside its table',
    'poll_interval = "30s"\n',
    `f:1:1 poll_interval: found an unknown key, allowed ${topKeys}; did you mean "queue.poll_interval"?`,
  ],
  [
    'a key like nothing',
    '[api]\nfoo = 1\n',
    'f:2:1 api.foo: found an unknown key, allowed socket, worker_socket, listen, token_file, allowed_hosts, allowed_origins',
  ],
  [
    'an unknown key of a worker',
    `${worker}instance = 2\n`,
    `f:4:1 workers."A".instance: found an unknown key, allowed ${Object.keys(workerFields).join(', ')}; did you mean "instances"?`,
  ],
  [
    'a bare number for a duration',
    '[queue]\npoll_interval = 30\n',
    'f:2:17 queue.poll_interval: found 30, allowed a duration from "100ms" to "1h", such as "30s"; did you mean "30s"?',
  ],
  [
    'a bare number that can only be milliseconds',
    '[queue]\npoll_interval = 30000\n',
    'f:2:17 queue.poll_interval: found 30000, allowed a duration from "100ms" to "1h", such as "30s"; did you mean "30s"?',
  ],
  [
    'a duration in long words',
    '[queue]\nstuck_after = "90 minutes"\n',
    'f:2:15 queue.stuck_after: found "90 minutes", allowed a duration from "1m" to "7d", such as "30m"; did you mean "90m"?',
  ],
  [
    'a duration out of range',
    '[queue]\npoll_interval = "2h"\n',
    'f:2:17 queue.poll_interval: found "2h", allowed a duration from "100ms" to "1h", such as "30s"',
  ],
  [
    'a word that is none of the words',
    '[capacity]\nmode = "strickt"\n',
    'f:2:8 capacity.mode: found "strickt", allowed "lend", "strict"; did you mean "strict"?',
  ],
  [
    'a signal without SIG',
    `${worker}stop_signal = "int"\n`,
    'f:4:15 workers."A".stop_signal: found "int", allowed "SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGKILL"; did you mean "SIGINT"?',
  ],
  [
    'a truth value in words',
    '[queue]\nembedded = "yes"\n',
    'f:2:12 queue.embedded: found "yes", allowed true or false; did you mean true?',
  ],
  [
    'a number in quotes',
    '[capacity]\nbase_rate = "100"\n',
    'f:2:13 capacity.base_rate: found "100", allowed a number from 0.001 to 1000000000; did you mean 100?',
  ],
  [
    'a fraction where it makes no sense',
    '[capacity]\ndepth = 1.5\n',
    'f:2:9 capacity.depth: found 1.5, allowed a whole number from 0 to 50',
  ],
  [
    'a number beyond all numbers',
    '[capacity]\ndepth = 9223372036854775807\n',
    'f:2:9 capacity.depth: found 9223372036854775807, allowed a whole number from 0 to 50',
  ],
  [
    'no number at all',
    '[capacity]\nbase_rate = nan\n',
    'f:2:13 capacity.base_rate: found NaN, allowed a number from 0.001 to 1000000000',
  ],
  [
    'a table in place of a value',
    '[queue.lease]\n',
    'f:1:1 queue.lease: found a table, allowed a duration from "2s" to "1h", such as "60s"',
  ],
  [
    'a value in place of a table',
    'api = 7\n',
    'f:1:7 api: found 7, allowed a table with the keys socket, worker_socket, listen, token_file, allowed_hosts, allowed_origins',
  ],
  [
    'single brackets around workers',
    '[workers]\nname = "A"\n',
    'f:1:1 workers: found a table, allowed at most 1000 tables, each under its own [[workers]]',
  ],
  [
    'a worker without a command',
    '[[workers]]\nname = "A"\n',
    'f:1:1 workers."A".command: found nothing, allowed a list of words that starts with a program, such as ["python3", "worker.py"]',
  ],
  [
    'a command in one string',
    '[[workers]]\nname = "A"\ncommand = "python3 worker.py"\n',
    'f:3:11 workers."A".command: found "python3 worker.py", allowed a list of words that starts with a program, such as ["python3", "worker.py"]; did you mean ["python3", "worker.py"]?',
  ],
  [
    'a command for a shell, which is not taken apart',
    `[[workers]]\nname = "A"\ncommand = "a 'b c' | d"\n`,
    `f:3:11 workers."A".command: found "a 'b c' | d", allowed a list of words that starts with a program, such as ["python3", "worker.py"]`,
  ],
  [
    'an empty command',
    '[[workers]]\nname = "A"\ncommand = []\n',
    'f:3:11 workers."A".command: found an empty list, allowed a list of words that starts with a program, such as ["python3", "worker.py"]',
  ],
  [
    'an empty program',
    '[[workers]]\nname = "A"\ncommand = ["", "x"]\n',
    'f:3:12 workers."A".command.0: found an empty text, allowed a list of words that starts with a program, such as ["python3", "worker.py"]',
  ],
  [
    'a worker without a name',
    '[[workers]]\ncommand = ["a"]\n',
    'f:1:1 workers[0].name: found nothing, allowed a name of 1 to 100 printable characters, such as "Research Jr."',
  ],
  [
    'a name that would spoil a screen',
    '[[workers]]\nname = "A\\u001b[2J"\ncommand = ["a"]\n',
    String.raw`f:2:8 workers."A\u001b[2J".name: found "A\u001b[2J", allowed a name of 1 to 100 printable characters, such as "Research Jr."`,
  ],
  [
    'the same name twice',
    worker + worker,
    'f:5:8 workers."A".name: found "A" a second time, allowed each name once (for more of one Jr set instances)',
  ],
  [
    'a name that shares its log file with another',
    `${worker}[[workers]]\nname = "a."\ncommand = ["a"]\n`,
    'f:5:8 workers."a.".name: found "a." beside "A", allowed names that differ in letters and digits (these two share a log file)',
  ],
  [
    'a name that reads backwards',
    '[[workers]]\nname = "A\u202E"\ncommand = ["a"]\n',
    String.raw`f:2:8 workers."A\u202e".name: found "A\u202e", allowed a name of 1 to 100 printable characters, such as "Research Jr."`,
  ],
  [
    'too many instances',
    `${worker}instances = 1001\n`,
    'f:4:13 workers."A".instances: found 1001, allowed a whole number from 0 to 1000',
  ],
  [
    'a priority that is none',
    `${worker}priority = 0\n`,
    'f:4:12 workers."A".priority: found 0, allowed 1 (critical), 2 (important) or 3 (normal)',
  ],
  [
    'a number in the environment, which may be a secret',
    `${worker}env = { PIN = 4711 }\n`,
    'f:4:15 workers."A".env.PIN: found a number (***), allowed a table of strings, such as { LANG = "C.UTF-8" }',
  ],
  [
    'a variable that is none',
    `${worker}env_pass = ["A", "B C"]\n`,
    'f:4:18 workers."A".env_pass.1: found "B C", allowed a list of variable names, such as ["DATABASE_URL"]',
  ],
  [
    "another person's home",
    'state_dir = "~joe/state"\n',
    'f:1:13 state_dir: found "~joe/state", allowed a path: absolute, from the home folder ("~/…") or relative to this file',
  ],
  [
    'an empty path',
    '[logs]\ndir = ""\n',
    'f:2:7 logs.dir: found an empty text, allowed a path: absolute, from the home folder ("~/…") or relative to this file',
  ],
  [
    'a database of another make',
    '[queue]\nurl = "mysql://joe:hunter2@db/x"\n',
    'f:2:7 queue.url: found a text (***), allowed a URL such as "postgres://user@host:5432/database"',
  ],
  [
    'a renewal that comes too late',
    '[queue]\nlease = "30s"\nrenew_interval = "15s"\n',
    'f:3:18 queue.renew_interval: found "15s", allowed less than half of queue.lease ("30s")',
  ],
  [
    'a lease too short for the default renewal',
    '[queue]\nlease = "30s"\n',
    'f:2:9 queue.lease: found "30s", allowed more than twice queue.renew_interval ("15s")',
  ],
  [
    'a backoff that begins above its end',
    '[supervisor]\nbackoff_initial = "10m"\n',
    'f:2:19 supervisor.backoff_initial: found "10m", allowed at most supervisor.backoff_max ("300s")',
  ],
  [
    'a backoff that ends below its beginning',
    '[supervisor]\nbackoff_max = "1s"\n',
    'f:2:15 supervisor.backoff_max: found "1s", allowed at least supervisor.backoff_initial ("5s")',
  ],
  [
    'a retry that would wait longer at first than at most',
    '[queue]\nretry_initial = "10m"\n',
    'f:2:17 queue.retry_initial: found "10m", allowed at most queue.retry_max ("300s")',
  ],
  [
    'a socket with too long a name',
    `[api]\nsocket = "/tmp/${'s'.repeat(103)}"\n`,
    'f:2:10 api.socket: found a path of 108 bytes, allowed at most 107 (the limit of unix sockets)',
  ],
]

describe('every mistake is named with its place, what is allowed and what was meant', () => {
  test.each(mistakes)('%s', async (_, toml, said) => {
    expect(await problemsOf(toml)).toEqual([said])
  })
})

describe('broken TOML', () => {
  test('is reported with its place and the text itself', async () => {
    expect(await problemsOf('[queue]\nlease = "60s\nurl = "x"\n')).toEqual([
      'f:2:13: broken TOML: the string does not end on its line, in: lease = "60s',
    ])
  })

  test('keeps the secret of the broken line and of its neighbours', async () => {
    const [said = ''] = await problemsOf(
      '[queue]\npassword_file = "hunter1"\nurl = "postgres://joe:hunter2@db/x\npassword = "hunter3"\n',
    )
    expect(said).toMatch(/^f:3:\d+: broken TOML: .*, in: url = \*\*\*$/)
    expect(said).not.toContain('hunter')
  })

  test('a key that would change the prototype of all objects is refused', async () => {
    const [said] = await problemsOf('[queue]\n__proto__ = 1\n')
    expect(said).toMatch(/^f:2:\d+: broken TOML: /)
  })
})

describe('what is thrown', () => {
  test('all problems at once, in the order of the file, as a usage error with a next step', async () => {
    const error = await load('a = 1\n[queue]\nlease = 1\n[api]\nb = 1\n').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ConfigError)
    if (!(error instanceof ConfigError)) return
    expect(error.exit).toBe(exitCode.usage)
    expect(error.hint).toContain('jrctl config example')
    expect(error.problems.map(({ line, key }) => [line, key])).toEqual([
      [1, 'a'],
      [3, 'queue.lease'],
      [5, 'api.b'],
    ])
    expect(error.message.split('\n')).toHaveLength(4)
    expect(error.message).toMatch(/^3 problems in the configuration:\n {2}\//)
  })

  test('the message is bounded, the list is not', async () => {
    const error = await load(Array.from({ length: 80 }, (_, n) => `k${n} = 1\n`).join('')).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({ problems: { length: 80 } })
    expect(String(error).split('\n')).toHaveLength(52)
    expect(String(error)).toMatch(/… and 30 more$/)
  })

  test('an incomplete worker is answered with a complete one to paste', async () => {
    await expect(load('[[workers]]\n')).rejects.toMatchObject({
      hint: expect.stringContaining('[[workers]]\nname = ') as string,
    })
  })
})

describe('what cannot be read', () => {
  test.each([
    ['a folder', (box: ReturnType<typeof sandbox>) => box.root, 'this is no file'],
    ['a file of something else', (box) => box.write('x', '\u0000\uD800'.repeat(10)), 'broken TOML'],
    [
      'a file too large',
      (box) => box.write('x', '#'.repeat(1_048_577)),
      'found 1048577 bytes, allowed 1048576',
    ],
    ['a path to nothing', (box) => `${box.root}/none.toml`, 'no such file (named by --config)'],
  ] satisfies [string, (box: ReturnType<typeof sandbox>) => string, string][])(
    '%s',
    async (_, make, said) => {
      using box = sandbox()
      const path = make(box)
      await expect(loadPolicy({ ...box.options, path })).rejects.toThrow(said)
      await expect(loadPolicy({ ...box.options, path })).rejects.toThrow(path)
    },
  )
})
