import { UserError } from '../errors.ts'

/** One thing wrong with the configuration, in parts for machines and, by `formatProblem`, in words for people. */
export interface Problem {
  /** The file, or the environment variable, that says it. */
  where: string
  /** From 1; null for an environment variable, or when the place is the file as a whole. */
  line: number | null
  column: number | null
  /** Dotted; null when the file as a whole is meant. */
  key: string | null
  /** What is wrong: `found "abc", allowed …`. Never holds a secret. */
  message: string
  /** What was probably meant, ready to be pasted. */
  suggestion: string | null
}

/** Bound on what is printed: a file that is not ours at all should not fill the screen. */
const problemsShownMax = 50

/** All that is wrong with the configuration, at once. Nothing starts; a running daemon keeps the old one. */
export class ConfigError extends UserError {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[], hint?: string) {
    super(summary(problems), hint === undefined ? {} : { hint })
    this.problems = problems
  }
}

/** `file:line:column key: found …, allowed …; did you mean …?` */
export function formatProblem(problem: Problem): string {
  const place = [problem.where, problem.line, problem.column].filter((part) => part !== null).join(':')
  const subject = problem.key === null ? place : `${place} ${problem.key}`
  const meant = problem.suggestion === null ? '' : `; did you mean ${problem.suggestion}?`
  return `${subject}: ${problem.message}${meant}`
}

function summary(problems: readonly Problem[]): string {
  const [first] = problems
  if (first !== undefined && problems.length === 1) return formatProblem(first)
  const shown = problems.slice(0, problemsShownMax).map((problem) => `  ${formatProblem(problem)}`)
  const rest = problems.length - shown.length
  if (rest > 0) shown.push(`  … and ${rest} more`)
  return [`${problems.length} problems in the configuration:`, ...shown].join('\n')
}
