// The agent's own log, by pino: JSON lines for machines, and for people one readable line each, made here. A line
// is `12:34:56.789 text  fact=value`, with the level in words only when it is a warning or an error. Every room of
// the agent gets its logger from here; nobody else writes to the output.

import { pino, stdSerializers, type DestinationStream, type Logger } from 'pino'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

export type LogOptions = {
  readonly level: LogLevel
  readonly format: 'lines' | 'json'
  readonly colour: boolean
  /** Where the lines go, each with its end. */
  readonly write: (text: string) => void
}

export function createLog(options: LogOptions): Logger {
  const destination: DestinationStream = {
    write:
      options.format === 'json'
        ? options.write
        : (line) => options.write(readableLine(JSON.parse(line) as LogRecord, options.colour)),
  }
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: stdSerializers.err },
    },
    destination,
  )
}

type LogRecord = {
  readonly level: string
  readonly time: string
  readonly msg?: string
  readonly err?: { readonly message: string; readonly stack?: string }
  readonly [fact: string]: unknown
}

const colours: Readonly<Record<string, string>> = { debug: '2', warn: '33', error: '31' }

function readableLine(record: LogRecord, isColoured: boolean): string {
  const { level, time, msg, err, ...facts } = record
  const paint = (code: string | undefined, text: string) =>
    isColoured && code !== undefined ? `\u001B[${code}m${text}\u001B[0m` : text
  const word = level === 'info' ? '' : `${paint(colours[level], level)} `
  const why =
    err === undefined ? '' : `: ${level === 'error' ? (err.stack ?? err.message) : printable(err.message)}`
  const told = Object.entries(facts).map(([name, value]) => ` ${paint('2', `${name}=`)}${factText(value)}`)
  // The wall clock of the host's own zone: that is what a person at the terminal compares with.
  const clock = paint('2', localTime(new Date(time)))
  return `${clock} ${word}${printable(msg ?? '')}${why}${told.length > 0 ? ' ' : ''}${told.join('')}\n`
}

/** What others wrote must neither break the line nor command the terminal. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1))
}

function localTime(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const seconds = `${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}`
  return `${two(at.getHours())}:${two(at.getMinutes())}:${seconds}`
}

function factText(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value) ?? 'undefined'
  return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value)
}
