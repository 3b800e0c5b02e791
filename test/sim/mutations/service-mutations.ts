// Faults of services: each would leave two processes of one instance, or none where one is promised.

import type { ProtocolMutation } from './protocol-mutations.ts'

export const serviceMutations: readonly ProtocolMutation[] = [
  {
    name: 'started-while-nobody-can-say',
    file: 'service/supervisor.ts',
    from: "if (finding.kind === 'unclear') return\n    if (finding.kind === 'alive' && !isCondemned)",
    to: "if (finding.kind === 'alive' && !isCondemned)",
    caughtBy: 'service/supervisor.test.ts',
  },
  {
    name: 'stopped-while-its-start-goes-on',
    file: 'service/supervisor.ts',
    from: "if (finding.kind === 'dead' && !this.#instance.isCommandThere) {",
    to: "if (finding.kind === 'dead') {",
    caughtBy: 'service/supervisor.test.ts',
  },
  {
    name: 'reused-pid-believed',
    file: 'service/pid-file.ts',
    from: 'if (isOther || isYoungerThanFile)',
    to: 'if (isYoungerThanFile)',
    caughtBy: 'service/supervisor.test.ts',
  },
  {
    name: 'given-back-alive',
    file: 'service/service-keeper.ts',
    from: "if (held.state !== 'down' || !this.#host.isLoaded()",
    to: "if (held.state === 'up' || !this.#host.isLoaded()",
    caughtBy: 'service/service-keeper.test.ts',
  },
  {
    name: 'started-while-given-back',
    file: 'service/service-keeper.ts',
    from: '    if (isYielding) return givenBack\n',
    to: '',
    caughtBy: 'service/service-keeper.test.ts',
  },
  {
    name: 'unguarded-start',
    file: 'service/instance.ts',
    from: 'if (lease !== null) this.guard(lease)\n    this.host.effect({',
    to: 'this.host.effect({',
    caughtBy: 'service/supervisor.test.ts',
  },
  {
    name: 'unguarded-where-others-may-take-over',
    file: 'service/service-keeper.ts',
    from: 'return !mayBeTaken && !this.#holdings.mayBecomeGuarded',
    to: 'return mayBeTaken || !this.#holdings.mayBecomeGuarded',
    caughtBy: 'service/service-keeper.test.ts',
  },
  {
    name: 'guarded-by-its-definition',
    file: 'service/service-keeper.ts',
    from: "return isWished && (state === 'down' ? service !== undefined : plan.isLeased)",
    to: 'return isWished',
    caughtBy: 'service/service-keeper.test.ts',
  },
  {
    name: 'lease-of-another-session',
    file: 'service/service-keeper.ts',
    from: 'if (held.session !== session.session) {\n      this.#askAgain(held)\n      return null',
    to: 'if (held.session !== session.session) {\n      this.#askAgain(held)',
    caughtBy: 'service/service-keeper.test.ts',
  },
]
