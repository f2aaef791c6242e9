import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NewTask } from '../ports/task-queue.ts'
import { installedPackages, packageNameOf, readLockFile } from './lock-file.ts'
import type { ReportKind, ReportRequest } from './report-request.ts'

/** By which the demo knows its own tasks again. */
export const demoSource = 'demo'

/** Which of the fleet does what. `it_triad_jr` is the worker that knows only the tables' SQL. */
const jrOf = {
  licence: 'Research Jr.',
  'licence-text': 'Research Jr.',
  size: 'Software Engineer Jr.',
  advisory: 'Infrastructure Jr.',
  duplicates: 'it_triad_jr',
} as const satisfies Record<ReportKind, string>

const titleOf = {
  licence: ({ package: name, version }) => `Licence of ${name} ${version}`,
  'licence-text': ({ package: name, version }) => `Licence text of ${name} ${version}`,
  size: ({ package: name, version }) => `Size of ${name} ${version}`,
  advisory: ({ package: name, version }) => `Advisory fields of ${name} ${version}`,
  duplicates: ({ package: name }) => `Installed versions of ${name}`,
} as const satisfies Record<ReportKind, (request: ReportRequest) => string>

const kindsOfEachFolder = ['licence', 'size', 'advisory', 'licence-text'] as const

/**
 * Real work on real files: what four Jrs report about every installed dependency that the project names itself or runs on; not
 * about what only its tools need, of which there may be any number. The same project gives the same tasks in the same order: the project's own dependencies before theirs.
 */
export function sampleTasks(projectDir: string): NewTask[] {
  const direct = directDependencies(projectDir)
  const folders = installedPackages(projectDir, readLockFile(projectDir))
    .map(([path, { version, dev: isTools = false }]) => {
      const name = packageNameOf(path)
      const isDirect = direct.has(name) && path === `node_modules/${name}`
      return { package: name, version, path, direct: isDirect, isTools }
    })
    .flatMap(({ isTools, ...folder }) => (isTools && !folder.direct ? [] : [folder]))
  const firstOfName = folders.filter(
    ({ package: name }, at) => at === folders.findIndex((f) => f.package === name),
  )
  const ofFolders = folders.flatMap(({ direct: isDirect, ...folder }) =>
    kindsOfEachFolder.map((kind) => newTask({ kind, ...folder }, isDirect)),
  )
  const ofNames = firstOfName.map(({ direct: isDirect, ...folder }) =>
    newTask({ kind: 'duplicates', ...folder }, isDirect),
  )
  return [...ofFolders, ...ofNames].sort((a, b) => a.priority - b.priority)
}

function newTask(request: ReportRequest, isDirect: boolean): NewTask & { priority: number } {
  return {
    title: titleOf[request.kind](request),
    description: JSON.stringify(request),
    source: demoSource,
    createdBy: 'jrctl demo',
    assignedJr: jrOf[request.kind],
    priority: isDirect ? 3 : 5,
    tags: [demoSource, request.kind],
  }
}

function directDependencies(projectDir: string): Set<string> {
  const manifest = JSON.parse(readFileSync(join(projectDir, 'package.json'), 'utf8')) as Record<
    string,
    object | undefined
  >
  const fields = ['dependencies', 'devDependencies', 'optionalDependencies']
  return new Set(fields.flatMap((field) => Object.keys(manifest[field] ?? {})))
}
