import { inject } from 'vitest'

// Read by test/support/jrctl.ts when a test file loads it, which is after this.
process.env['JRCTL_TEST_BINARY'] = inject('jrctlBinary')
