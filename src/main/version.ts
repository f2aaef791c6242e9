import manifest from '../../package.json' with { type: 'json' }

/** The program's version, from package.json; the bundle has it inside. */
export const version: string = manifest.version
