import { defineConfig } from 'vitest/config'

/** Whole journeys that take minutes: `npm run test:long`. */
const long = '**/*.long.test.ts'
const isLong = process.env['NEONHUB_TEST_LONG'] !== undefined

export default defineConfig({
  test: {
    include: isLong ? [long] : ['packages/*/{src,test}/**/*.test.{ts,tsx}', 'bench/src/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', ...(isLong ? [] : [long])],
    // An embedded database takes seconds to make on a small machine.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
})
