/**
 * Where this process is to kill itself, for tests of crashes: `NAME` or `NAME:NTH`, from the names in death-points.ts, which is
 * loaded only then.
 */
export const diesAtVariable = 'JRCTL_TEST_DIE_AT'
