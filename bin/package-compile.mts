/** `node FLAGS package-compile.mts FOLDER NAME…`: compiles chunks, under the flags that the executable will have. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SourceTextModule } from 'node:vm'

/** Which the types leave out. */
type Compiled = SourceTextModule & { createCachedData(): Buffer }

const [folder = '', ...names] = process.argv.slice(2)
for (const name of names) {
  const module = new SourceTextModule(readFileSync(join(folder, name), 'latin1'), {
    identifier: `jrctl:${name}`,
    importModuleDynamically: () => Promise.reject(new Error('it is compiled only')),
    initializeImportMeta: () => {},
  }) as Compiled
  writeFileSync(join(folder, `${name}.compiled`), module.createCachedData())
}
