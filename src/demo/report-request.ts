/** What a sample task asks for; travels as JSON in the task's description. */
export interface ReportRequest {
  kind: ReportKind
  /** The dependency's name, e.g. `@types/node`. */
  package: string
  /** As the lock file has it. */
  version: string
  /** Of the package's folder, relative to the project, e.g. `node_modules/pino`. */
  path: string
}

export const reportKinds = ['licence', 'licence-text', 'size', 'advisory', 'duplicates'] as const
/**
 * - `licence`: what package.json and the lock file say. `licence-text`: whether the texts agree.
 * - `size`: files, bytes, the largest. `advisory`: what an advisory would ask about. `duplicates`: versions of one name.
 */
export type ReportKind = (typeof reportKinds)[number]

/** Names of folders as npm has them; above all no `..`: a task may come from anybody who can write to the table. */
const pathPattern =
  /^node_modules\/(?:@[\w.~-]+\/)?[\w~-][\w.~-]*(?:\/node_modules\/(?:@[\w.~-]+\/)?[\w~-][\w.~-]*)*$/

/** The request in a task's description, or what is wrong with it. */
export function parseReportRequest(description: string): ReportRequest | { problem: string } {
  let value: unknown
  try {
    value = JSON.parse(description)
  } catch {
    return { problem: 'its description is not JSON; sample tasks hold {"kind","package","version","path"}' }
  }
  const fields: Partial<Record<keyof ReportRequest, unknown>> =
    typeof value === 'object' && value !== null ? value : {}
  const { kind, package: name, version, path } = fields
  if (!isKind(kind))
    return { problem: `its kind is ${JSON.stringify(kind)}; known are ${reportKinds.join(', ')}` }
  if (typeof name !== 'string' || typeof version !== 'string')
    return { problem: 'it names no package and version' }
  if (typeof path !== 'string' || !pathPattern.test(path)) {
    return {
      problem: `its path is ${JSON.stringify(path)}; it must be a package's folder under node_modules`,
    }
  }
  return { kind, package: name, version, path }
}

function isKind(value: unknown): value is ReportKind {
  return reportKinds.some((kind) => kind === value)
}
