import { defineConfig } from 'vitest/config'

/** Whole journeys that take minutes: `npm run test:long`. */
const long = '**/*.long.test.ts'
const isLong = process.env['NEONHUB_TEST_LONG'] !== undefined

export default defineConfig({
  test: {
    include: isLong ? [long] : ['packages/*/{src,test}/**/*.test.{ts,tsx}', 'bench/src/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', ...(isLong ? [] : [long])],
    // A hang is to end, and nothing else: a loaded machine is ten times as slow as an idle one.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    maxWorkers: 2,
  },
})
