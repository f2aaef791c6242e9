export * from '../text/fit.ts'
