// A process that data-directory.test.ts starts: it opens a data directory, says `open` or why it could not,
// and holds it until it is killed or its standard input ends.
import { DataDirectoryRefused, openDataDirectory } from '../../../agent/store/data-directory.ts'

const [directory = ''] = process.argv.slice(2)
try {
  await openDataDirectory(directory)
  console.log('open')
} catch (error) {
  if (!(error instanceof DataDirectoryRefused)) throw error
  console.log(error.message)
}
process.stdin.resume()
