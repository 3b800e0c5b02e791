// `npm test`: types, lint, format and dead code, two at a time, then the tests. A check that fails shows all that
// it said. Ends with one plain line, `N passed, N failed, N skipped`, in which each check counts as one test.
// Words after `--` go to vitest: `npm test -- test/lib/schedule -t leap`.
import { spawn } from 'node:child_process'
import { parseCLI, startVitest } from 'vitest/node'

const checks = [
  { name: 'types', words: ['node_modules/typescript/bin/tsc', '-b'] },
  { name: 'viewer', words: ['node_modules/vite/bin/vite.js', 'build', '--logLevel=warn'] },
  { name: 'lint', words: ['node_modules/oxlint/bin/oxlint'] },
  { name: 'format', words: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'] },
  { name: 'dead exports', words: ['node_modules/knip/bin/knip.js', '--no-progress'] },
  // What only tests reach is dead as well, and what the agent needs must not be a development package.
  {
    name: 'dead files',
    words: [
      'node_modules/knip/bin/knip.js',
      '--no-progress',
      '--production',
      '--include=files,dependencies,unlisted',
    ],
  },
]
const atOnce = 2

const counts = { passed: 0, failed: 0, skipped: 0 }

async function runChecks() {
  const waiting = [...checks]
  const worker = async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) await runCheck(check)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

async function runCheck({ name, words }) {
  const startedAtMs = performance.now()
  const { code, output } = await collect(words)
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1)
  if (code === 0) {
    counts.passed++
    process.stdout.write(`passed  ${name} (${seconds} s)\n`)
  } else {
    counts.failed++
    process.stdout.write(`FAILED  ${name} (${seconds} s): ${words.join(' ')}\n${output.trimEnd()}\n\n`)
  }
}

function collect(words) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text
      })
    }
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
  })
}

/** Counts tests, and as one failure each: a file that could not be read, a broken hook, an error outside any test. */
const counter = {
  onTestRunEnd(modules, unhandledErrors, reason) {
    const skipped = []
    let ran = 0
    for (const module of modules) {
      if (module.errors().length > 0) counts.failed++
      for (const suite of module.children.allSuites()) if (suite.errors().length > 0) counts.failed++
      for (const test of module.children.allTests()) {
        const result = test.result()
        if (result.state === 'skipped') {
          counts.skipped++
          skipped.push(
            `skipped ${module.relativeModuleId}: ${test.fullName}: ${result.note ?? 'no reason given'}\n`,
          )
        } else {
          ran++
          counts[result.state === 'passed' ? 'passed' : 'failed']++
        }
      }
    }
    counts.failed += unhandledErrors.length
    if (reason === 'interrupted') counts.failed++
    process.stdout.write(skipped.join(''))
    if (ran === 0) {
      counts.failed++
      process.stdout.write('FAILED  tests: none ran, expected at least one\n')
    }
  },
}

async function runTests(words) {
  const { filter, options } = parseCLI(['vitest', 'run', ...words])
  const vitest = await startVitest(filter, { ...options, watch: false, reporters: ['default', counter] })
  await vitest.close()
}

process.chdir(new URL('..', import.meta.url).pathname)
await runChecks()
await runTests(process.argv.slice(2))
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`, () =>
  process.exit(counts.failed === 0 ? 0 : 1),
)
