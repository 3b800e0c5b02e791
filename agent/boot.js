// The start of every command in a checkout: installs what the lock file names and node_modules lacks, chooses a
// Node.js that is new enough, builds dist/ when a source changed, and then runs the given program.
//     node agent/boot.js PROGRAM [ARGUMENT…]     node agent/boot.js --build
// Plain JavaScript without dependencies that even Node.js 14 parses, because it is what an old host sees first.
// In an installed package there is nothing to install or build, and only the version is checked.
import { spawn, spawnSync } from 'child_process'
import { createHash } from 'crypto'
import fs from 'fs'
import os from 'os'
import path from 'path'
import { fileURLToPath, pathToFileURL } from 'url'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const inCheckout = fs.existsSync(path.join(root, 'tsconfig.json'))
const busyFile = path.join(root, '.boot.lock')
const builtFile = path.join(root, 'dist', '.built')
const viewerFile = path.join(root, 'vite.config.ts')
const sourceFolders = ['lib', 'agent', 'web', 'test', 'bench']
const forwardedSignals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2']

class BootError extends Error {}

function boot(given) {
  const [program, ...rest] = withoutToken(given)
  if (program === undefined)
    throw new BootError('Cannot boot: no program is given, expected a path below the checkout')
  if (inCheckout && isInstallMissing()) alone(() => isInstallMissing() && install())
  const node = chooseNode()
  if (program === '--build') {
    fs.rmSync(path.join(root, 'dist'), { recursive: true, force: true })
    return build(node)
  }
  if (inCheckout && /^dist[/\\]/.test(program) && isBuildStale()) alone(() => isBuildStale() && build(node))
  const file = path.resolve(root, program)
  if (!fs.existsSync(file))
    throw new BootError(`Cannot run program "${program}": there is no such file, expected one below ${root}`)
  return run(node, file, rest)
}

/** Everybody on the host sees the words of a process: a join token leaves them, and goes on in the environment. */
function withoutToken(words) {
  const kept = []
  for (let at = 0; at < words.length; at++) {
    const [, joined] = /^--join=(hkt1_.*)$/s.exec(words[at]) ?? []
    const next = words[at] === '--join' && words[at + 1]?.startsWith('hkt1_') ? words[at + 1] : undefined
    const token = joined ?? next
    if (token === undefined) kept.push(words[at])
    else process.env.HOCKET_JOIN = token
    if (next !== undefined) at++
  }
  // Node.js writes this over the words with which the process was started.
  if (kept.length < words.length) process.title = ['hocket', ...kept.slice(1)].join(' ')
  return kept
}

/** Compares what npm wrote into node_modules with the lock file, entry by entry; times of files say too little. */
function isInstallMissing() {
  const wanted = readPackages('package-lock.json')
  const present = readPackages(path.join('node_modules', '.package-lock.json'))
  if (wanted === undefined) return false
  if (present === undefined) return true
  return Object.keys(wanted).some((place) => {
    if (place === '' || !/(^|\/)node_modules\//.test(place)) return false
    const want = wanted[place]
    const have = present[place]
    if (have === undefined) return !want.optional && !want.devOptional
    return want.version !== have.version || want.integrity !== have.integrity
  })
}

function readPackages(name) {
  const text = readIfThere(path.join(root, name))
  if (text === undefined) return undefined
  try {
    return JSON.parse(text).packages ?? {}
  } catch (error) {
    throw new BootError(`Cannot read lock file "${name}": ${error.message}, expected what npm wrote`)
  }
}

function install() {
  process.stderr.write('hocket: installing what package-lock.json names\n')
  const words = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error']
  const result = spawnSync('npm', words, { cwd: root, stdio: ['ignore', 2, 2] })
  if (result.error?.code === 'ENOENT') {
    throw new BootError(
      'Cannot install packages: there is no npm on the PATH, expected the npm that comes with Node.js',
    )
  }
  if (result.error) throw result.error
  if (result.status !== 0)
    throw new BootError(`Cannot install packages: npm ci ended with ${result.status ?? result.signal}`)
}

/** The running Node.js if it is new enough, else the one that came with the development packages. */
function chooseNode() {
  const floor = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')).engines.node.replace(
    /^>=\s*/,
    '',
  )
  if (isAtLeast(process.versions.node, floor)) return process.execPath
  const name = `node-${process.platform}-${process.arch}`
  const bundled = path.join(root, 'node_modules', name, 'bin', 'node')
  if (inCheckout && fs.existsSync(bundled)) return bundled
  throw new BootError(
    `Cannot run on Node.js "${process.versions.node}": it is too old, expected ${floor} or newer ` +
      '(https://nodejs.org/en/download, or your package manager; then run the same command again)',
  )
}

function isAtLeast(version, floor) {
  const have = version.split('.').map(Number)
  const want = floor.split('.').map(Number)
  for (let i = 0; i < want.length; i++) {
    if ((have[i] ?? 0) !== want[i]) return (have[i] ?? 0) > want[i]
  }
  return true
}

function isBuildStale() {
  return readIfThere(builtFile) !== sourceSignature()
}

/** A digest of the names, sizes and times of every file that the build reads. */
function sourceSignature() {
  const digest = createHash('sha256')
  const visit = (place) => {
    for (const entry of fs
      .readdirSync(place, { withFileTypes: true })
      .sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const file = path.join(place, entry.name)
      if (entry.isDirectory()) visit(file)
      else if (/\.(ts|tsx|css|html|svg)$|^tsconfig.*\.json$/.test(entry.name)) note(file)
    }
  }
  const note = (file) => {
    const { size, mtimeMs } = fs.statSync(file)
    digest.update(`${path.relative(root, file)} ${size} ${mtimeMs}\n`)
  }
  for (const name of ['tsconfig.json', 'tsconfig.base.json', 'package-lock.json']) note(path.join(root, name))
  if (fs.existsSync(viewerFile)) note(viewerFile)
  for (const folder of sourceFolders)
    if (fs.existsSync(path.join(root, folder))) visit(path.join(root, folder))
  return digest.digest('hex')
}

function build(node) {
  const signature = sourceSignature()
  const packages = path.join(root, 'node_modules')
  buildBy(node, [path.join(packages, 'typescript', 'bin', 'tsc'), '-b'])
  if (fs.existsSync(viewerFile))
    buildBy(node, [path.join(packages, 'vite', 'bin', 'vite.js'), 'build', '--logLevel=warn'])
  fs.writeFileSync(builtFile, signature)
}

function buildBy(node, words) {
  const result = spawnSync(node, words, { cwd: root, stdio: ['ignore', 2, 2] })
  if (result.error) throw result.error
  if (result.status !== 0)
    throw new BootError('Cannot build dist: the compiler refused the sources, see above')
}

/** Runs a step while no other boot of this checkout runs one; a lock whose owner is gone is taken over. */
function alone(step) {
  let told = false
  while (!takeLock()) {
    const owner = Number(readIfThere(busyFile))
    if (owner && !isAlive(owner)) {
      dropLockOf(owner)
    } else if (owner && !told) {
      told = true
      process.stderr.write(`hocket: waiting for process ${owner}, which installs or builds (${busyFile})\n`)
    }
    pause(100)
  }
  try {
    step()
  } finally {
    fs.unlinkSync(busyFile)
  }
}

/** A link makes the lock appear with its owner's pid already in it. */
function takeLock() {
  const mine = `${busyFile}.${process.pid}`
  fs.writeFileSync(mine, String(process.pid))
  try {
    fs.linkSync(mine, busyFile)
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    return false
  } finally {
    fs.unlinkSync(mine)
  }
}

/** Several may find the same dead owner; only the one that holds the folder drops the lock, and looks again first. */
function dropLockOf(owner) {
  try {
    fs.mkdirSync(`${busyFile}.drop`)
  } catch (error) {
    if (error.code === 'EEXIST') return
    throw error
  }
  try {
    if (Number(readIfThere(busyFile)) === owner) fs.unlinkSync(busyFile)
  } finally {
    fs.rmdirSync(`${busyFile}.drop`)
  }
}

/** Its own pid in a lock that it did not take is that of an earlier process, as in a container. */
function isAlive(pid) {
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function pause(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

/** In this process when its Node.js will do, so that an agent is one process; else in a child of the chosen one. */
function run(node, file, words) {
  if (inCheckout) process.env.PATH = path.dirname(node) + path.delimiter + (process.env.PATH ?? '')
  if (node === process.execPath) {
    process.argv.splice(1, process.argv.length - 1, file, ...words)
    return import(pathToFileURL(file).href)
  }
  const child = spawn(node, [file, ...words], { stdio: 'inherit' })
  // A terminal sends its interrupt to the child as well: passing it on would make two of one.
  const isTerminal = [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY)
  for (const signal of forwardedSignals) {
    process.on(signal, () => {
      if (!isTerminal || signal !== 'SIGINT') child.kill(signal)
    })
  }
  child.on('error', (error) => fail(new BootError(`Cannot start Node.js "${node}": ${error.message}`)))
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    for (const forwarded of forwardedSignals) process.removeAllListeners(forwarded)
    process.kill(process.pid, signal)
    setTimeout(() => process.exit(128 + os.constants.signals[signal]), 1000)
  })
}

function readIfThere(file) {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

function fail(error) {
  process.stderr.write(`hocket: ${error instanceof BootError || error.code ? error.message : error.stack}\n`)
  process.exit(1)
}

try {
  void boot(process.argv.slice(2))
} catch (error) {
  fail(error)
}
