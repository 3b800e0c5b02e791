// What the shell finds out about instances: what a pid file says, whether a process is still the one that it was,
// whether it answers. Each answers one look, and names it: an answer to a look that was given up is ignored.

/** A process for ever: a number is given again to another one, but number, start and boot together are not. */
export type Identity = { readonly pid: number; readonly start: string }

/** A pid file as it was found. */
export type PidFileSight =
  | { readonly kind: 'missing' }
  /** Or not to be believed. */
  | { readonly kind: 'unreadable'; readonly why: string }
  | {
      readonly kind: 'content'
      /** Its beginning. */
      readonly text: string
      /** Changed so lately that its writer may not be done. */
      readonly isYoung: boolean
      /** The process that bears the number now; null when there is none, or the text is no number. */
      readonly process: Identity | null
      /** That process began after the file was written: it cannot be the one that is meant. */
      readonly isYoungerThanFile: boolean
    }

export type ServiceEvent =
  | {
      readonly kind: 'instance-sighted'
      readonly instance: string
      readonly lookId: number
      readonly file: PidFileSight
      /** Whether the process that was asked about is alive, and the same. */
      readonly isKnownAlive: boolean
      /** The machine was started anew since that process was named. */
      readonly isRebooted: boolean
    }
  | {
      readonly kind: 'health-answered'
      readonly instance: string
      readonly lookId: number
      /** Null: all is well. */
      readonly fault: string | null
    }
  /** The last words of a process that was asked for them. */
  | { readonly kind: 'output-told'; readonly instance: string; readonly text: string }
