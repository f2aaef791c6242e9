import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../errors.ts'
import { llmAddress } from './llm-address.ts'
import type { LlmAddress } from './llm-address.ts'
import type { LlmRemarks } from './llm-remarks.ts'
import { readLockFile } from './lock-file.ts'
import { readManifest } from './manifest.ts'
import { demoProjectDir } from './project-dir.ts'
import { parseReportRequest } from './report-request.ts'
import type { ReportKind, ReportRequest } from './report-request.ts'
import type { ReportSource } from './report-source.ts'
import { reportAdvisory } from './reports/advisory.ts'
import { reportDuplicates } from './reports/duplicates.ts'
import { reportLicenceText } from './reports/licence-text.ts'
import { reportLicence } from './reports/licence.ts'
import { reportSize } from './reports/size.ts'

const reports = {
  licence: reportLicence,
  'licence-text': reportLicenceText,
  size: reportSize,
  advisory: reportAdvisory,
  duplicates: reportDuplicates,
} as const satisfies Record<ReportKind, (source: ReportSource) => object>

export type Report = ReturnType<(typeof reports)[ReportKind]>

/** Exit codes of a task's command: done, or never possible (EX_DATAERR). What throws ends the process with 1. */
const exits = { done: 0, final: 65 } as const

export interface ReportProcess {
  /** The task, as one JSON document. */
  stdin: AsyncIterable<Buffer | string>
  env: Readonly<Record<string, string | undefined>>
  stdout: { write(text: string): unknown }
  stderr: { write(text: string): unknown }
}

/**
 * `jrctl demo report`: the command of the demo's Jrs, a process a task. Reads the task on stdin, writes the report to
 * $JR_RESULT_FILE (else to stdout), answers the exit code.
 */
export async function runReport({ stdin, env, stdout, stderr }: ReportProcess): Promise<number> {
  const refuse = (problem: string): number => {
    stderr.write(`this sample task cannot be done: ${problem}\n`)
    return exits.final
  }
  const request = parseReportRequest(descriptionOf(await readAll(stdin)))
  if ('problem' in request) return refuse(request.problem)
  const projectDir = demoProjectDir(env)
  if (projectDir === undefined) return refuse('no project with a package-lock.json; set JRCTL_DEMO_PROJECT')
  if (!existsSync(join(projectDir, request.path, 'package.json'))) {
    return refuse(
      `${request.path} is not installed in ${projectDir} any more; run npm ci, then jrctl tasks retry`,
    )
  }
  stdout.write(`::progress 10 reading ${request.path}\n`)
  const report = makeReport(request, projectDir)
  const llm = llmAddress(env)
  stdout.write(llm === null ? '::progress 90 writing the report\n' : '::progress 50 asking the LLM\n')
  const remarked = llm === null ? report : { ...report, llm: await remarksOn(report, llm, stderr) }
  const result = JSON.stringify(remarked)
  const resultFile = env['JR_RESULT_FILE']
  if (resultFile === undefined) stdout.write(`${result}\n`)
  else writeFileSync(resultFile, result)
  return exits.done
}

/** What the LLM says of it; an LLM that does not answer leaves the facts, which are the files', as they are. */
async function remarksOn(
  report: Report,
  llm: LlmAddress,
  stderr: ReportProcess['stderr'],
): Promise<LlmRemarks | null> {
  // Loaded here: without a gateway the several hundred reports do without an HTTP client.
  const { askForRemarks } = await import('./llm-remarks.ts')
  try {
    return await askForRemarks(llm, report)
  } catch (error) {
    stderr.write(`the report stays without remarks: ${messageOf(error)}\n`)
    return null
  }
}

/** The report that a request asks for, from the files of the project. Throws when they cannot be read. */
export function makeReport(request: ReportRequest, projectDir: string): Report {
  const lock = readLockFile(projectDir)
  const packageDir = join(projectDir, request.path)
  return reports[request.kind]({
    request,
    projectDir,
    packageDir,
    lock,
    locked: lock.packages[request.path],
    manifest: readManifest(packageDir),
  })
}

async function readAll(stdin: ReportProcess['stdin']): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}

/** A task's description; what is no task has none, which the request's parser then says. */
function descriptionOf(text: string): string {
  try {
    const { description } = JSON.parse(text) as { description?: unknown }
    return typeof description === 'string' ? description : ''
  } catch {
    return ''
  }
}
