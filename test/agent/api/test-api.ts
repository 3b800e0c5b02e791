// An API over real HTTP, and a core behind it for which a test speaks.
import http from 'node:http'
import { expect } from 'vitest'
import { Access } from '../../../agent/api/access.ts'
import { Auditing } from '../../../agent/api/auditing.ts'
import { openApi, type Api, type ApiOptions } from '../../../agent/api/api-server.ts'
import { EventHub } from '../../../agent/api/event-hub.ts'
import { Metrics } from '../../../agent/api/metrics.ts'
import { openApiDocument } from '../../../agent/api/openapi.ts'
import { allRoutes } from '../../../agent/api/routes.ts'
import { createLog } from '../../../agent/log.ts'
import type { News } from '../../../lib/view/news.ts'
import type { NodeId } from '../../../lib/base/ids.ts'
import type { OutputAnswer, OutputQuery } from '../../../lib/run/output.ts'
import type { Answer, Command, Question } from '../../../lib/view/question.ts'
import { FakeAudit } from './fake-audit.ts'
import { FakeHosts } from './fake-hosts.ts'
import { DocumentCheck, type Document } from './document-check.ts'
import { sampleAnswer, sampleOutcome } from './sample-answers.ts'

export type Reply = {
  readonly status: number
  readonly type: string
  readonly body: Record<string, unknown>
  readonly text: string
  readonly headers: http.IncomingHttpHeaders
}

export type Request = http.RequestOptions & {
  readonly body?: string | Buffer
  /** As a caller would who knows the token. */
  readonly isKnown?: boolean
}

const nobody = async (): Promise<never> => Promise.reject(new Error('nobody asks'))
const quiet = createLog({ level: 'error', format: 'json', colour: false, write: () => undefined })
const silentCore = { ask: nobody, command: nobody }
const access = new Access({ core: silentCore, token: '', log: quiet, isLoopback: true })
export const testDocument = openApiDocument(
  allRoutes({
    core: silentCore,
    outputs: { read: nobody },
    audit: new FakeAudit(),
    auditing: new Auditing(new FakeAudit(), quiet),
    askHost: nobody,
    events: new EventHub(),
    metrics: new Metrics(),
    access,
    version: '1.2.3',
    logUrl: null,
  }),
  '1.2.3',
) as Document
const check = new DocumentCheck(testDocument)

export const testToken = 'the-token-of-the-test'

export class TestApi {
  readonly asked: Question[] = []
  readonly commanded: { readonly command: Command; readonly user: string }[] = []
  readonly outputsAsked: OutputQuery[] = []
  readonly audit = new FakeAudit()
  readonly hosts = new FakeHosts()
  logged = ''
  answer: (question: Question) => Promise<Answer> = async (question) => sampleAnswer(question)
  outcome: (command: Command) => Promise<Answer> = async (command) => sampleOutcome(command)
  output = async (_node: NodeId, { from }: OutputQuery): Promise<OutputAnswer> => {
    const fromByte = 'byte' in from ? from.byte : 0
    return { kind: 'part', part: { fromByte, base64: '', writtenBytes: fromByte, isRunning: false } }
  }
  #api: Api | undefined

  static async open(
    level: 'info' | 'warn' = 'warn',
    more: Partial<Pick<ApiOptions, 'requestMs'>> = {},
  ): Promise<TestApi> {
    const test = new TestApi()
    const ask = async (question: Question) => {
      test.asked.push(question)
      return test.answer(question)
    }
    const command = async (order: Command, user: string) => {
      test.commanded.push({ command: order, user })
      return test.outcome(order)
    }
    const write = (line: string) => (test.logged += line)
    test.#api = await openApi({
      ...more,
      listen: '127.0.0.1:0',
      core: { ask, command },
      outputs: {
        read: async (node, query) => {
          test.outputsAsked.push(query)
          return test.output(node, query)
        },
      },
      audit: test.audit,
      logUrl: 'https://logs.example/{job}/{run_id}',
      askHost: async (node, question) => test.hosts.answer(node, question),
      tls: null,
      isInsecure: false,
      names: [],
      token: testToken,
      version: '1.2.3',
      log: createLog({ level, format: 'lines', colour: false, write }),
    })
    return test
  }

  get address(): string {
    return this.#api?.address ?? ''
  }

  tell(news: News): void {
    this.#api?.tell(news)
  }

  async close(): Promise<void> {
    await this.#api?.close()
  }

  /** An answer that is as the document says: anything else fails the test. */
  async request(path: string, request: Request = {}): Promise<Reply> {
    const reply = await this.#send(path, request)
    const method = request.method ?? 'GET'
    const faults = check.faultsOf({ method, path }, reply)
    if (method !== 'HEAD' && reply.status !== 304 && faults.length > 0) throw new Error(faults.join('\n'))
    return reply
  }

  /** With headers of our choice, which fetch() does not allow. */
  async #send(path: string, { body, isKnown, headers, ...options }: Request): Promise<Reply> {
    const authorization = isKnown === true ? { authorization: `Bearer ${testToken}` } : {}
    // Without it DELETE would send a body that nobody announced.
    const length = body === undefined || body === '' ? {} : { 'content-length': Buffer.byteLength(body) }
    return new Promise((resolve, reject) => {
      const sent = http.request(
        new URL(this.address),
        { path, agent: false, ...options, headers: { ...authorization, ...length, ...(headers as object) } },
        (response) => {
          let text = ''
          response.setEncoding('utf8').on('data', (part: string) => (text += part))
          response.on('end', () => {
            const type = response.headers['content-type'] ?? ''
            const isJson = /^application\/(.*\+)?json/.test(type) && text !== ''
            const parsed = isJson ? (JSON.parse(text) as Record<string, unknown>) : {}
            const { headers: answered, statusCode = 0 } = response
            resolve({ status: statusCode, type, body: parsed, text, headers: answered })
          })
        },
      )
      sent.on('error', reject).end(body)
    })
  }
}

/** The detail of an answer that must be a problem. */
export function problemText(reply: Reply): string {
  expect(reply.type).toBe('application/problem+json; charset=utf-8')
  const names = Object.keys(reply.body).filter((name) => name !== 'problems')
  expect(names.sort()).toEqual(['detail', 'instance', 'remedy', 'status', 'title', 'type'])
  expect(reply.body['status']).toBe(reply.status)
  expect(reply.body['detail']).toMatch(/^Cannot /)
  return String(reply.body['detail'])
}
